#include "datasets/cache/examples_cache.h"

#include <filesystem>
#include <utility>

#include "datasets/cache/cache_file.h"
#include "datasets/cache/packed.h"
#include "sim/base/error.h"
#include "sim/base/opened_files.h"
#include "sim/base/remark.h"

namespace fedtide {
namespace {

namespace fs = std::filesystem;
using Kind = ClientExamples::Kind;

constexpr std::string_view kHeading = "fedtide examples 1\n";

std::string absolute(const std::string& path) {
  std::error_code ignored;
  const fs::path found = fs::weakly_canonical(path, ignored);
  return found.empty() ? path : found.string();
}

std::uint64_t size_of(const std::string& path) {
  std::error_code error;
  const std::uintmax_t size = fs::file_size(path, error);
  return error ? 0 : size;
}

void put_texts(Packer& out, const Texts& texts) {
  out.put(std::uint64_t{texts.size()});
  for (std::size_t i = 0; i < texts.size(); ++i) out.put(texts[i]);
}

Texts take_texts(Unpacker& in) {
  Texts texts;
  for (std::uint64_t left = in.number(); left > 0 && in.good(); --left) texts.append(in.text());
  return texts;
}

void put_sources(Packer& out, const std::vector<std::string>& sources) {
  out.put(std::uint64_t{sources.size()});
  for (const std::string& source : sources) {
    const auto digest = digest_of_file(source);
    if (!digest) throw Failure(ExitCode::no_input, fmt::format("{}: cannot be read", source));
    out.put(absolute(source));
    out.put(size_of(source));
    for (const std::uint64_t part : *digest) out.put(part);
  }
}

/// The first source that is another file now than when the cache was written; empty: none.
std::string changed_source(Unpacker& in, const std::vector<std::string>& sources) {
  if (in.number() != sources.size()) return sources.front();
  std::string changed;
  for (const std::string& source : sources) {
    const bool same_name = in.text() == absolute(source);
    const bool same_size = in.number() == size_of(source);
    CacheDigest digest{};
    for (std::uint64_t& part : digest) part = in.number();
    if (changed.empty() && !(same_name && same_size && digest_of_file(source) == digest)) changed = source;
  }
  return changed;
}

std::string pack(const std::vector<std::string>& sources, const ClientExamples& e) {
  Packer out;
  put_sources(out, sources);
  out.put(std::uint64_t{e.clients.size()});
  for (const auto& client : e.clients) {
    out.put(client.name);
    out.put(client.begin);
    out.put(client.end);
  }
  out.put(e.samples);
  out.put(static_cast<std::uint64_t>(e.kind));
  out.put(std::uint64_t{e.width});
  out.put(e.dims);
  out.put(std::uint64_t{e.values.bytes_only()});
  if (e.values.bytes_only()) {
    out.put(e.values.bytes());
  } else {
    out.put(e.values.floats());
  }
  put_texts(out, e.texts);
  out.put(static_cast<std::uint64_t>(e.label_kind));
  out.put(e.labels);
  put_texts(out, e.text_labels);
  out.put(e.coarse);
  out.put(e.checksums);
  return out.bytes();
}

/// What follows the sources.
ClientExamples unpack(Unpacker& in) {
  ClientExamples e;
  for (std::uint64_t left = in.number(); left > 0 && in.good(); --left) {
    ClientExamples::Client client;
    client.name = in.text();
    client.begin = in.number();
    client.end = in.number();
    e.places.emplace(client.name, e.clients.size());
    e.clients.push_back(std::move(client));
  }
  e.samples = in.number();
  e.kind = static_cast<Kind>(in.number());
  e.width = in.number();
  e.dims = in.values<std::uint64_t>();
  if (in.number() == 1) {
    const auto bytes = in.values<std::uint8_t>();
    e.values.append_bytes(bytes.data(), bytes.size());
  } else {
    e.values.widen();
    for (const float value : in.values<float>()) e.values.append(value);
  }
  e.texts = take_texts(in);
  e.label_kind = static_cast<Kind>(in.number());
  e.labels = in.values<double>();
  e.text_labels = take_texts(in);
  e.coarse = in.values<std::int32_t>();
  e.checksums = in.text();
  return e;
}

}  // namespace

std::string examples_cache_path(const std::vector<std::string>& sources) {
  const std::string folder = cache_folder();
  if (folder.empty()) return "";
  Packer names;
  for (const std::string& source : sources) names.put(absolute(source));
  return (fs::path(folder) / ("examples-" + to_hex(digest_of(names.bytes())) + ".cache")).string();
}

std::optional<ClientExamples> read_examples_cache(const std::vector<std::string>& sources) {
  const std::string path = sources.empty() ? "" : examples_cache_path(sources);
  if (path.empty()) return std::nullopt;
  CacheContent content = read_cache_file(path, kHeading);
  if (!content.exists) return std::nullopt;
  const auto ignore = [&](const std::string& why) {
    remark(fmt::format("{}: this cache {}; it is not used, and fedtide data prepare writes it anew", path, why));
    return std::nullopt;
  };
  if (!content.damage.empty()) return ignore(content.damage);
  Unpacker in(content.payload);
  const std::string changed = changed_source(in, sources);
  if (!changed.empty()) return ignore("is of another content of " + changed);
  ClientExamples examples = unpack(in);
  if (!in.at_end()) return ignore("holds more or less than it should");
  for (const std::string& source : sources) OpenedFiles::note(source);
  return examples;
}

std::string write_examples_cache(const std::vector<std::string>& sources, const ClientExamples& examples) {
  const std::string path = examples_cache_path(sources);
  if (path.empty()) {
    throw Failure(ExitCode::no_output, "there is no folder for a cache: set XDG_CACHE_HOME to one, or HOME");
  }
  write_cache_file(path, kHeading, pack(sources, examples));
  return path;
}

}  // namespace fedtide
