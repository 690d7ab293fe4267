#include "sim/federation/state_bytes.h"

#include <cstring>
#include <limits>

#include "sim/base/error.h"

namespace fedtide {
namespace {

// One value: kind (1 byte), bytes of the name (1), name, bytes of the value (8), value; the host's byte order.
constexpr char kWhole = 'i', kReal = 'r', kFloats = 'f', kDoubles = 'd';
constexpr std::size_t kLongestName = std::numeric_limits<unsigned char>::max();

std::string kind_of(char kind) {
  switch (kind) {
    case kWhole:
      return "a whole number";
    case kReal:
      return "a real number";
    case kFloats:
      return "a vector of floats";
    case kDoubles:
      return "a vector of doubles";
    default:
      return "a thing of no known kind";
  }
}

template <class T>
std::size_t bytes_of(const Vector<T>& v) {
  return static_cast<std::size_t>(v.size()) * sizeof(T);
}

template <class T>
void assign(Vector<T>& v, std::string_view bytes) {
  v.resize(static_cast<Index>(bytes.size() / sizeof(T)));
  if (!bytes.empty()) std::memcpy(v.data(), bytes.data(), bytes_of(v));
}

}  // namespace

void StateWriter::put(std::string_view name, char kind, const void* data, std::size_t size) {
  FEDTIDE_REQUIRE(name.size() <= kLongestName, "a name of {} bytes", name.size());
  const std::uint64_t length = size;
  bytes_ += kind;
  bytes_ += static_cast<char>(name.size());
  bytes_ += name;
  bytes_.append(reinterpret_cast<const char*>(&length), sizeof length);
  if (size > 0) bytes_.append(static_cast<const char*>(data), size);
}

void StateWriter::on_whole(std::string_view name, std::int64_t& value) { put(name, kWhole, &value, sizeof value); }
void StateWriter::on_real(std::string_view name, double& value) { put(name, kReal, &value, sizeof value); }
void StateWriter::on_vector(std::string_view name, Vector<float>& value) {
  put(name, kFloats, value.data(), bytes_of(value));
}
void StateWriter::on_vector(std::string_view name, Vector<double>& value) {
  put(name, kDoubles, value.data(), bytes_of(value));
}

void StateReader::mismatch(const std::string& wanted, const std::string& found) const {
  throw Failure(ExitCode::data_damaged, fmt::format("checkpoint: {} keeps {} in this program, and {} is there; it was "
                                                    "written by another version of the program: continue with that",
                                                    owner_, wanted, found));
}

std::string_view StateReader::get(std::string_view name, char kind) {
  const std::string wanted = fmt::format("{} \"{}\"", kind_of(kind), name);
  if (bytes_.size() < 2) mismatch(wanted, "nothing more");
  const auto length = static_cast<std::size_t>(static_cast<unsigned char>(bytes_[1]));
  std::uint64_t size = 0;
  if (bytes_.size() - 2 < length + sizeof size) mismatch(wanted, "less");
  const std::string_view found = bytes_.substr(2, length);
  if (bytes_[0] != kind || found != name) mismatch(wanted, fmt::format("{} \"{}\"", kind_of(bytes_[0]), found));
  std::memcpy(&size, bytes_.data() + 2 + length, sizeof size);
  bytes_.remove_prefix(2 + length + sizeof size);
  if (size > bytes_.size()) mismatch(wanted, "less");
  const std::string_view value = bytes_.substr(0, size);
  bytes_.remove_prefix(size);
  return value;
}

void StateReader::on_whole(std::string_view name, std::int64_t& value) {
  const std::string_view bytes = get(name, kWhole);
  if (bytes.size() != sizeof value) mismatch(fmt::format("\"{}\"", name), "another size");
  std::memcpy(&value, bytes.data(), sizeof value);
}

void StateReader::on_real(std::string_view name, double& value) {
  const std::string_view bytes = get(name, kReal);
  if (bytes.size() != sizeof value) mismatch(fmt::format("\"{}\"", name), "another size");
  std::memcpy(&value, bytes.data(), sizeof value);
}

void StateReader::on_vector(std::string_view name, Vector<float>& value) { assign(value, get(name, kFloats)); }
void StateReader::on_vector(std::string_view name, Vector<double>& value) { assign(value, get(name, kDoubles)); }

void StateReader::finish() const {
  if (!bytes_.empty()) mismatch("less", fmt::format("{} bytes more", bytes_.size()));
}

}  // namespace fedtide
