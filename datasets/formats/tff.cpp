#include "datasets/formats/tff.h"

#include <limits>
#include <utility>
#include <vector>

#include "datasets/cache/packed.h"
#include "datasets/formats/tff_file.h"
#include "sim/base/error.h"
#include "sim/files/gzip.h"

namespace fedtide {
namespace {

using Kind = ClientExamples::Kind;

std::string packed(const TffClient& client) {
  Packer packer;
  packer.put(client.name);
  packer.put(client.part);
  packer.put(client.samples);
  packer.put(client.width);
  packer.put(client.dims);
  packer.put(client.bytes);
  packer.put(client.values);
  packer.put(client.labels);
  packer.put(client.has_coarse);
  packer.put(client.coarse);
  packer.put(client.text);
  return packer.bytes();
}

TffClient unpacked(const std::string& bytes, const std::string& file) {
  Unpacker from(bytes);
  TffClient client;
  client.name = from.text();
  client.part = from.text();
  client.samples = from.number();
  client.width = from.number();
  client.dims = from.values<std::uint64_t>();
  client.bytes = from.values<std::uint8_t>();
  client.values = from.values<float>();
  client.labels = from.values<std::int64_t>();
  client.has_coarse = from.number();
  client.coarse = from.values<std::int64_t>();
  client.text = from.text();
  // What went wrong in HDF5's memory must not go on in ours.
  const std::uint64_t numbers = client.bytes.size() + client.values.size();
  const bool sound = client.part == "snippets" ? client.samples == 1
                                               : client.labels.size() == client.samples && client.width <= numbers &&
                                                     numbers == client.samples * client.width;
  if (!from.at_end() || !sound || (client.has_coarse != 0 && client.coarse.size() != client.samples)) {
    throw Failure(ExitCode::data_damaged, fmt::format("{}: HDF5 read what cannot be; the file is damaged", file));
  }
  return client;
}

/// Appends one client after the other to the examples.
class Appender {
 public:
  Appender(const std::string& path, ClientExamples& out) : path_(path), out_(out) {}

  void append(const TffClient& client) {
    if (client.part == "snippets") {
      out_.texts.append(client.text);
    } else {
      append_numbers(client);
      append_labels(client);
    }
    if (!out_.places.emplace(client.name, out_.clients.size()).second) {
      fail(client.name, "the client has been in a file before this one");
    }
    out_.clients.push_back({client.name, out_.samples, out_.samples + client.samples});
    out_.samples += client.samples;
    if (out_.samples > std::numeric_limits<std::uint32_t>::max()) {
      fail(client.name, "more samples than 32 bits can count");
    }
  }

  void finish(Kind kind, Kind label_kind) {
    if (!out_.coarse.empty() && out_.coarse.size() != out_.samples) {
      throw Failure(ExitCode::data_damaged, path_ + ": /examples: some clients have no coarse_label");
    }
    out_.kind = kind;
    out_.label_kind = label_kind;
    std::vector<std::uint8_t> piece(1 << 16);
    ContentReader content = ContentReader::open(path_);
    while (content.read(piece) == piece.size()) {
    }
    out_.checksums += fmt::format("{}{:08x}", out_.checksums.empty() ? "" : " ", content.crc32());
  }

 private:
  [[noreturn]] void fail(const std::string& part, const std::string& what) const {
    throw Failure(ExitCode::data_damaged, fmt::format("{}: /examples/{}: {}", path_, part, what));
  }

  void append_numbers(const TffClient& client) {
    if (client.samples > 0) {
      if (out_.width == 0) out_.width = client.width;
      if (client.width != out_.width) {
        fail(client.name + "/" + client.part,
             fmt::format("samples of {} values, those before it have {}", client.width, out_.width));
      }
    }
    if (!client.bytes.empty()) out_.values.append_bytes(client.bytes.data(), client.bytes.size());
    for (const float value : client.values) out_.values.append(static_cast<double>(value));
    out_.dims = client.dims;
  }

  void append_labels(const TffClient& client) {
    for (const std::int64_t label : client.labels) out_.labels.push_back(static_cast<double>(label));
    for (const std::int64_t label : client.coarse) {
      if (label < 0 || label >= 65536) {
        fail(client.name + "/coarse_label", fmt::format("holds {}, must be 0 to 65535", label));
      }
      out_.coarse.push_back(static_cast<std::int32_t>(label));
    }
  }

  const std::string& path_;
  ClientExamples& out_;
};

IsolationLimits limits_of(const std::string& path, const std::optional<IsolationLimits>& given) {
  { ContentReader::open(path); }  // the system's own reason, before HDF5's
  return given ? *given : IsolationLimits::for_file(path);
}

void read_clients(const std::string& path, bool snippets, const std::optional<IsolationLimits>& limits,
                  Appender& appender) {
  IsolatedReader reader(path, limits_of(path, limits), [&](const IsolatedReader::Send& send) {
    read_tff_clients(path, snippets, [&send](const TffClient& client) { send(packed(client)); });
  });
  while (const std::optional<std::string> message = reader.next()) appender.append(unpacked(*message, path));
}

}  // namespace

void read_tff(const std::string& path, ClientExamples& examples, const std::optional<IsolationLimits>& limits) {
  Appender appender(path, examples);
  read_clients(path, false, limits, appender);
  appender.finish(Kind::numbers, Kind::numbers);
}

void read_tff_snippets(const std::string& path, ClientExamples& examples,
                       const std::optional<IsolationLimits>& limits) {
  Appender appender(path, examples);
  read_clients(path, true, limits, appender);
  appender.finish(Kind::text, Kind::none);
}

bool has_tff_snippets(const std::string& path, const std::optional<IsolationLimits>& limits) {
  IsolatedReader reader(path, limits_of(path, limits), [&](const IsolatedReader::Send& send) {
    send(first_has_snippets(path) ? "snippets" : "numbers");
  });
  const std::optional<std::string> message = reader.next();
  return message == "snippets";
}

}  // namespace fedtide
