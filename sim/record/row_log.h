#pragma once
// checkpoint.rows: what training and evaluation put into the records of a run, one row after the other. A run that is
// taken up again reads it in place of computing; a checkpoint says how much of it belongs to it, so that checkpoints do
// not grow with the run. Rows are only appended; until a checkpoint needs them they may wait in memory.

#include <cstdint>
#include <filesystem>
#include <string>

#include "sim/federation/snapshot.h"
#include "sim/record/hash.h"
#include "sim/record/posix_file.h"

namespace fedtide {

class RowLog final : public RowSource {
 public:
  /// Starts an empty log, in place of one that is there. Errors of this and below: Failure(io).
  explicit RowLog(std::filesystem::path path);
  /// Opens one for the rows that it had when it was `bytes` long: to be filled in, one after the other, before more are
  /// added. What is behind them is cut off. Failure(data_damaged) unless they hash to `hex`.
  RowLog(std::filesystem::path path, std::uint64_t bytes, const std::string& hex);

  void add(const RoundRecord& record);
  void add(const EvaluationRecord& record);
  void fill(RoundRecord& record) override;
  void fill(EvaluationRecord& record) override;

  /// All rows are on the disk.
  void sync();
  std::uint64_t bytes() const { return bytes_; }
  std::string hex() const { return hasher_.hex(); }

 private:
  enum class Kind : std::uint8_t { round = 1, evaluation = 2 };

  void write_pending();
  void put(const void* data, std::size_t size);
  template <class T>
  void put(const T& value) {
    put(&value, sizeof value);
  }
  void get(void* data, std::size_t size);
  template <class T>
  T get() {
    T value{};
    get(&value, sizeof value);
    return value;
  }
  void expect(Kind kind, std::int64_t round);

  std::filesystem::path path_;
  FileDescriptor file_;
  Hasher hasher_;
  std::uint64_t bytes_ = 0;    // of all rows
  std::uint64_t written_ = 0;  // of those in the file
  std::string pending_;        // the others
  std::uint64_t end_ = 0;      // of the rows to fill in
  std::uint64_t next_ = 0;     // of these, the first that is not read
  std::string block_;          // a piece of the file
  std::uint64_t block_begin_ = 0;
};

}  // namespace fedtide
