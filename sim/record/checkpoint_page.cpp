#include "sim/record/checkpoint_page.h"

#include <array>
#include <cstring>
#include <limits>
#include <type_traits>
#include <unordered_map>
#include <utility>

namespace fedtide {
namespace {

constexpr std::uint64_t kNull = std::numeric_limits<std::uint64_t>::max();

std::string_view bytes_of(const Vector<float>& v) {
  return {reinterpret_cast<const char*>(v.data()), static_cast<std::size_t>(v.size()) * sizeof(float)};
}

/// Numbers vectors as they are met; one that is shared is kept once.
class VectorTable {
 public:
  std::uint64_t number(const SharedVector<float>& v) {
    if (!v) return kNull;
    const auto [at, is_new] = numbers_.emplace(v.get(), all_.size());
    if (is_new) all_.push_back(v.get());
    return at->second;
  }
  const std::vector<const Vector<float>*>& all() const { return all_; }

 private:
  std::unordered_map<const Vector<float>*, std::uint64_t> numbers_;
  std::vector<const Vector<float>*> all_;
};

class PageWriter {
 public:
  template <class T>
  void number(T value) {
    static_assert(std::is_arithmetic_v<T>);
    text_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  void text(std::string_view value) {
    number(std::uint64_t{value.size()});
    text_ += value;
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

class PageReader {
 public:
  PageReader(std::string_view page, const std::filesystem::path& path) : page_(page), path_(path) {}
  template <class T>
  T number() {
    T value{};
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }
  std::string text() { return std::string(take(number<std::uint64_t>())); }
  /// How many items follow, each of at least so many bytes.
  std::uint64_t count(std::size_t least) {
    const auto n = number<std::uint64_t>();
    if (n > page_.size() / least) damaged();
    return n;
  }
  bool at_end() const { return page_.empty(); }
  [[noreturn]] void damaged() const {
    throw Failure(ExitCode::data_damaged, fmt::format("{}: is damaged: its page is not of this form", path_.string()));
  }

 private:
  std::string_view take(std::uint64_t bytes) {
    if (bytes > page_.size()) damaged();
    const std::string_view piece = page_.substr(0, bytes);
    page_.remove_prefix(bytes);
    return piece;
  }

  std::string_view page_;
  const std::filesystem::path& path_;
};

/// Reads vectors, each once, and hands them out by number.
class VectorFile {
 public:
  VectorFile(const FileDescriptor& file, const std::filesystem::path& path, std::int64_t begin)
      : file_(file), path_(path), at_(begin) {}
  void read(std::uint64_t bytes) {
    Vector<float> v(static_cast<Index>(bytes / sizeof(float)));
    read_at(file_, path_, at_, v.data(), bytes / sizeof(float) * sizeof(float));
    at_ += static_cast<std::int64_t>(bytes);
    all_.push_back(std::make_shared<const Vector<float>>(std::move(v)));
  }
  SharedVector<float> at(std::uint64_t number, const PageReader& page) const {
    if (number == kNull) return nullptr;
    if (number >= all_.size()) page.damaged();
    return all_[number];
  }

 private:
  const FileDescriptor& file_;
  const std::filesystem::path& path_;
  std::int64_t at_;
  std::vector<SharedVector<float>> all_;
};

Checkpoint parse(PageReader& page, VectorFile& vectors, std::uint64_t vector_bytes) {
  Checkpoint checkpoint;
  CheckpointOrigin& origin = checkpoint.origin;
  Snapshot& s = checkpoint.snapshot;
  for (std::string* text : {&origin.config_hash, &origin.program, &origin.build}) *text = page.text();
  origin.row_bytes = page.number<std::uint64_t>();
  origin.row_hex = page.text();
  origin.wall_seconds = page.number<double>();
  s.entries = page.number<std::uint64_t>();
  s.timeline = page.number<std::uint64_t>();
  s.round = page.number<std::int64_t>();
  for (double* value : {&s.train_score.loss_sum, &s.train_score.correct, &s.train_score.count})
    *value = page.number<double>();
  s.trained_samples = page.number<std::int64_t>();
  s.update_norm = page.number<double>();
  for (std::string* state : {&s.server, &s.aggregator, &s.privacy}) *state = page.text();
  for (auto n = page.count(16); n > 0; --n) {
    const auto id = page.number<std::uint64_t>();
    s.sums.emplace_back(id, page.text());
  }
  std::vector<std::array<std::uint64_t, 3>> models(page.count(24));
  for (auto& model : models) {
    for (std::uint64_t& number : model) number = page.number<std::uint64_t>();
  }
  std::vector<std::pair<std::uint32_t, std::uint64_t>> clients(page.count(12));
  for (auto& [client, number] : clients) {
    client = page.number<std::uint32_t>();
    number = page.number<std::uint64_t>();
  }
  for (auto n = page.count(8); n > 0; --n) {
    const auto bytes = page.number<std::uint64_t>();
    if (bytes > vector_bytes || bytes % sizeof(float) != 0) page.damaged();
    vector_bytes -= bytes;
    vectors.read(bytes);
  }
  if (!page.at_end() || vector_bytes != 0) page.damaged();
  for (const auto& [id, weights, broadcast] : models)
    s.models.push_back({id, vectors.at(weights, page), vectors.at(broadcast, page)});
  for (const auto& [client, number] : clients) s.clients.emplace_back(client, vectors.at(number, page));
  return checkpoint;
}

}  // namespace

CheckpointPage page_of(const Checkpoint& checkpoint) {
  VectorTable vectors;
  const CheckpointOrigin& origin = checkpoint.origin;
  const Snapshot& s = checkpoint.snapshot;
  PageWriter page;
  for (const std::string* text : {&origin.config_hash, &origin.program, &origin.build}) page.text(*text);
  page.number(origin.row_bytes);
  page.text(origin.row_hex);
  page.number(origin.wall_seconds);
  page.number(s.entries);
  page.number(s.timeline);
  page.number(s.round);
  for (const double value : {s.train_score.loss_sum, s.train_score.correct, s.train_score.count}) page.number(value);
  page.number(s.trained_samples);
  page.number(s.update_norm);
  for (const std::string* state : {&s.server, &s.aggregator, &s.privacy}) page.text(*state);
  page.number(std::uint64_t{s.sums.size()});
  for (const auto& [id, bytes] : s.sums) page.number(id), page.text(bytes);
  page.number(std::uint64_t{s.models.size()});
  for (const Snapshot::Model& model : s.models) {
    page.number(model.id), page.number(vectors.number(model.weights)), page.number(vectors.number(model.broadcast));
  }
  page.number(std::uint64_t{s.clients.size()});
  for (const auto& [client, value] : s.clients) page.number(client), page.number(vectors.number(value));
  page.number(std::uint64_t{vectors.all().size()});
  for (const Vector<float>* v : vectors.all()) page.number(std::uint64_t{bytes_of(*v).size()});
  CheckpointPage whole{page.take(), {}};
  for (const Vector<float>* v : vectors.all()) whole.vectors.push_back(bytes_of(*v));
  return whole;
}

Checkpoint parse_page(const FileDescriptor& file, const std::filesystem::path& path, std::uint64_t begin,
                      std::uint64_t content) {
  std::uint64_t page_bytes = 0;
  if (content >= sizeof page_bytes)
    read_at(file, path, static_cast<std::int64_t>(begin), &page_bytes, sizeof page_bytes);
  if (content < sizeof page_bytes || page_bytes > content - sizeof page_bytes) PageReader("", path).damaged();
  begin += sizeof page_bytes;
  content -= sizeof page_bytes;
  std::string text(page_bytes, '\0');
  read_at(file, path, static_cast<std::int64_t>(begin), text.data(), text.size());
  PageReader page(text, path);
  VectorFile vectors(file, path, static_cast<std::int64_t>(begin + page_bytes));
  return parse(page, vectors, content - page_bytes);
}

}  // namespace fedtide
