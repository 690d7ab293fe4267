#include "sim/record/row_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace fedtide {
namespace {

constexpr std::size_t kPending = std::size_t{1} << 20;
constexpr std::uint64_t kBlock = std::uint64_t{1} << 16;

}  // namespace

RowLog::RowLog(std::filesystem::path path) : path_(std::move(path)) {
  file_ = open_file(path_, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW, ExitCode::io);
}

RowLog::RowLog(std::filesystem::path path, std::uint64_t bytes, const std::string& hex)
    : path_(std::move(path)), bytes_(bytes), written_(bytes), end_(bytes) {
  file_ = open_file(path_, O_RDWR | O_NOFOLLOW, ExitCode::io);
  const off_t size = ::lseek(file_.get(), 0, SEEK_END);
  if (size < 0 || static_cast<std::uint64_t>(size) < bytes) {
    throw Failure(ExitCode::data_damaged,
                  fmt::format("{}: is cut off: has {} bytes, its checkpoint needs {}", path_.string(), size, bytes));
  }
  std::string block;
  for (std::uint64_t begin = 0; begin < bytes; begin += block.size()) {
    block.resize(std::min<std::uint64_t>(bytes - begin, 1 << 20));
    read_at(file_, path_, static_cast<std::int64_t>(begin), block.data(), block.size());
    hasher_.add(block);
  }
  if (hasher_.hex() != hex) {
    throw Failure(ExitCode::data_damaged, fmt::format("{}: is damaged: its first {} bytes have the hash {}, its "
                                                      "checkpoint says {}",
                                                      path_.string(), bytes, hasher_.hex(), hex));
  }
  if (::ftruncate(file_.get(), static_cast<off_t>(bytes)) != 0) fail_system(ExitCode::io, path_, "cannot cut", errno);
}

void RowLog::put(const void* data, std::size_t size) { pending_.append(static_cast<const char*>(data), size); }

void RowLog::add(const RoundRecord& record) {
  const std::size_t before = pending_.size();
  put(Kind::round), put(record.round);
  put(record.trained_samples), put(record.train_loss), put(record.train_accuracy), put(record.update_norm);
  hasher_.add(std::string_view(pending_).substr(before));
  bytes_ += pending_.size() - before;
  if (pending_.size() >= kPending) write_pending();
}

void RowLog::add(const EvaluationRecord& record) {
  const std::size_t before = pending_.size();
  put(Kind::evaluation), put(record.round);
  put(record.test_loss), put(record.test_accuracy), put(record.test_samples), put(record.consensus_distance);
  for (const auto* values : {&record.metrics, &record.confusion, &record.client_accuracy, &record.client_loss}) {
    put(std::uint64_t{values->size()});
    put(values->data(), values->size() * sizeof(double));
  }
  hasher_.add(std::string_view(pending_).substr(before));
  bytes_ += pending_.size() - before;
  if (pending_.size() >= kPending) write_pending();
}

void RowLog::write_pending() {
  write_at(file_, path_, static_cast<std::int64_t>(written_), pending_.data(), pending_.size());
  written_ += pending_.size();
  pending_.clear();
}

void RowLog::sync() {
  write_pending();
  sync_file(file_, path_);
}

void RowLog::get(void* data, std::size_t size) {
  char* out = static_cast<char*>(data);
  while (size > 0) {
    if (next_ >= end_) {
      throw Failure(ExitCode::data_damaged, fmt::format("{}: has too few rows for its checkpoint", path_.string()));
    }
    if (next_ < block_begin_ || next_ >= block_begin_ + block_.size()) {
      block_begin_ = next_;
      block_.resize(std::min(kBlock, end_ - next_));
      read_at(file_, path_, static_cast<std::int64_t>(next_), block_.data(), block_.size());
    }
    const std::size_t within = next_ - block_begin_;
    const std::size_t take = std::min(size, block_.size() - within);
    std::memcpy(out, block_.data() + within, take);
    next_ += take;
    out += take;
    size -= take;
  }
}

void RowLog::expect(Kind kind, std::int64_t round) {
  const auto name = [](Kind k) { return k == Kind::round ? "the record of round" : "an evaluation of round"; };
  const auto found = get<Kind>();
  const auto its_round = get<std::int64_t>();
  if (found == kind && its_round == round) return;
  throw Failure(ExitCode::data_damaged,
                fmt::format("{}: has {} {} where this program's timeline has {} {}; continue with the program that "
                            "wrote it, or start anew with --force",
                            path_.string(), name(found), its_round, name(kind), round));
}

void RowLog::fill(RoundRecord& record) {
  expect(Kind::round, record.round);
  record.trained_samples = get<std::int64_t>();
  record.train_loss = get<double>();
  record.train_accuracy = get<double>();
  record.update_norm = get<double>();
}

void RowLog::fill(EvaluationRecord& record) {
  expect(Kind::evaluation, record.round);
  record.test_loss = get<double>();
  record.test_accuracy = get<double>();
  record.test_samples = get<double>();
  record.consensus_distance = get<double>();
  for (auto* values : {&record.metrics, &record.confusion, &record.client_accuracy, &record.client_loss}) {
    const auto size = get<std::uint64_t>();
    if (size > (end_ - next_) / sizeof(double)) {
      throw Failure(ExitCode::data_damaged, fmt::format("{}: has a row of {} numbers", path_.string(), size));
    }
    values->resize(size);
    get(values->data(), size * sizeof(double));
  }
}

}  // namespace fedtide
