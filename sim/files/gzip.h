#pragma once
// Files read front to back, packed with gzip (RFC 1952) or plain. Nothing is unpacked before it is asked for, so the
// reader of a format sets the limit: it asks for what the header promises and no more.

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

namespace fedtide {

/// The content of one file. A file that starts with 1f 8b is unpacked; several gzip members count as one content, and
/// their check sums are verified. One thread at a time.
class ContentReader {
 public:
  /// Throws Failure(no_input) when the path is not a readable regular file.
  static ContentReader open(const std::string& path);
  /// Reads bytes that outlive the reader; `name` stands for the path in messages.
  static ContentReader over(std::string name, std::span<const std::uint8_t> bytes);
  /// Fills a buffer and returns how many bytes it got; none at the end. May throw.
  using Supply = std::function<std::size_t(std::span<std::uint8_t>)>;
  /// Reads what `supply` unpacks, at most `most` bytes, out of a file of `file_size` bytes. Counts as packed.
  static ContentReader from(std::string name, Supply supply, std::uint64_t most, std::uint64_t file_size);

  ContentReader(ContentReader&&) noexcept;
  ~ContentReader();

  /// Fills `out` from the content and returns how many bytes it got: fewer than asked for only at the end. Throws
  /// Failure(data_damaged) for damaged or truncated gzip data, Failure(io) when the file cannot be read on.
  std::size_t read(std::span<std::uint8_t> out);

  /// Bytes given so far.
  std::uint64_t offset() const;
  bool packed() const;
  /// Bytes of the file itself.
  std::uint64_t file_size() const;
  /// How much content can still come: exact for a plain file, for a packed one the most that deflate can hold (1032 :
  /// 1).
  std::uint64_t most_left() const;
  /// CRC-32 of the content given so far.
  std::uint32_t crc32() const;
  const std::string& name() const;
  /// "FILE: byte 16" or, in a packed file, "FILE: byte 16 (unpacked)": the place that a message starts with.
  std::string place(std::uint64_t offset) const;

 private:
  struct State;
  explicit ContentReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace fedtide
