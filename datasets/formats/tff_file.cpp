#include "datasets/formats/tff_file.h"

#include <hdf5.h>

#include <algorithm>
#include <cmath>
#include <string_view>

#include "sim/base/hdf5_handle.h"

namespace fedtide {
namespace {

constexpr std::size_t kMostClients = 10'000'000;
constexpr std::size_t kMostArrays = 64;
constexpr hsize_t kMostValues = hsize_t{1} << 24;  // of one client
// Deflate makes nothing smaller than by a factor of 1032: what claims more is damaged, or a trap.
constexpr hsize_t kMostExpansion = 1100;

/// One client's array: a part of the file with a shape and a class of type.
struct ArrayOf {
  Hdf5Handle dataset;
  std::vector<hsize_t> dims;
  H5T_class_t type = H5T_NO_CLASS;
  std::size_t size = 0;  ///< bytes of a value
  bool variable = false;

  hsize_t values() const {
    hsize_t n = 1;
    for (const hsize_t dim : dims) n *= dim;
    return n;
  }
};

class TffFile {
 public:
  explicit TffFile(const std::string& path) : place_{path, ExitCode::data_damaged} {
    H5PLset_loading_state(0);  // a file must not load code
    file_ = open_hdf5(place_);
    examples_ = open_group(file_, "examples", "/examples");
    clients_ = names(examples_, "/examples", kMostClients);
    if (clients_.empty()) fail("/examples", "has no clients");
  }

  const std::vector<std::string>& clients() const { return clients_; }

  /// The names of one client's arrays.
  std::vector<std::string> arrays(const std::string& client) {
    group_ = open_group(examples_, client, path_of(client));
    return names(group_, path_of(client), kMostArrays);
  }
  /// Of the client whose arrays were asked for last.
  ArrayOf open(const std::string& client, const std::string& name) const;
  void read_all(const ArrayOf& array, const std::string& part, hid_t type, void* out) const {
    checked(H5Dread(array.dataset.id(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, out), place_, "cannot read " + part);
  }
  void read_texts(const ArrayOf& array, const std::string& part,
                  const std::function<void(std::string_view)>& use) const;

  [[noreturn]] void fail(const std::string& part, const std::string& what) const {
    throw Failure(ExitCode::data_damaged, fmt::format("{}: {}: {}", place_.file, part, what));
  }
  static std::string path_of(const std::string& client) { return "/examples/" + client; }

 private:
  Hdf5Handle open_group(const Hdf5Handle& above, const std::string& name, const std::string& path) const {
    if (H5Lexists(above.id(), name.c_str(), H5P_DEFAULT) <= 0) fail(path, "is not there, must hold the clients");
    return checked(Hdf5Handle(H5Gopen2(above.id(), name.c_str(), H5P_DEFAULT), H5Gclose), place_,
                   "cannot open " + path);
  }
  std::vector<std::string> names(const Hdf5Handle& group, const std::string& path, std::size_t most) const {
    std::vector<std::string> found;
    for (Hdf5Link& link : hdf5_links(group, place_, path, most)) {
      if (!link.hard) fail(path + "/" + link.name, "a link to elsewhere");
      found.push_back(std::move(link.name));
    }
    return found;
  }

  Hdf5Place place_;
  Hdf5Handle file_, examples_, group_;
  std::vector<std::string> clients_;
};

ArrayOf TffFile::open(const std::string& client, const std::string& name) const {
  const std::string part = path_of(client) + "/" + name;
  const std::string what = "cannot open " + part;
  ArrayOf array;
  array.dataset = checked(Hdf5Handle(H5Dopen2(group_.id(), name.c_str(), H5P_DEFAULT), H5Dclose), place_, what);
  const Hdf5Handle space = checked(Hdf5Handle(H5Dget_space(array.dataset.id()), H5Sclose), place_, what);
  const int rank = H5Sget_simple_extent_ndims(space.id());
  if (rank < 1 || rank > 4) fail(part, fmt::format("{} dimensions, must be 1 to 4", rank));
  array.dims.resize(static_cast<std::size_t>(rank));
  checked(H5Sget_simple_extent_dims(space.id(), array.dims.data(), nullptr), place_, what);
  const Hdf5Handle type = checked(Hdf5Handle(H5Dget_type(array.dataset.id()), H5Tclose), place_, what);
  array.type = H5Tget_class(type.id());
  array.size = H5Tget_size(type.id());
  array.variable = array.type == H5T_STRING && H5Tis_variable_str(type.id()) > 0;
  const Hdf5Handle list = checked(Hdf5Handle(H5Dget_create_plist(array.dataset.id()), H5Pclose), place_, what);
  if (H5Pget_external_count(list.id()) > 0) fail(part, "values in another file");
  hsize_t values = 1;
  bool overflow = false;
  for (const hsize_t dim : array.dims) overflow = overflow || __builtin_mul_overflow(values, dim, &values);
  if (overflow || values > kMostValues) {
    fail(part, fmt::format("{} values, must be at most {} for one client", fmt::join(array.dims, " x "), kMostValues));
  }
  if (values * array.size > H5Dget_storage_size(array.dataset.id()) * kMostExpansion) {
    fail(part, fmt::format("{} values of {} bytes in {} bytes", fmt::join(array.dims, " x "), array.size,
                           H5Dget_storage_size(array.dataset.id())));
  }
  return array;
}

void TffFile::read_texts(const ArrayOf& array, const std::string& part,
                         const std::function<void(std::string_view)>& use) const {
  const std::size_t count = static_cast<std::size_t>(array.values());
  if (count == 0) return;
  const Hdf5Handle type = checked(Hdf5Handle(H5Dget_type(array.dataset.id()), H5Tclose), place_, part);
  if (!array.variable) {
    std::vector<char> bytes(count * array.size);
    read_all(array, part, type.id(), bytes.data());
    for (std::size_t i = 0; i < count; ++i) {
      const std::string_view padded(bytes.data() + i * array.size, array.size);
      use(padded.substr(0, std::min(padded.find('\0'), padded.size())));
    }
    return;
  }
  std::vector<char*> texts(count, nullptr);
  const Hdf5Handle space = checked(Hdf5Handle(H5Dget_space(array.dataset.id()), H5Sclose), place_, part);
  read_all(array, part, type.id(), texts.data());
  for (const char* text : texts) use(text == nullptr ? "" : text);
  H5Dvlen_reclaim(type.id(), space.id(), H5P_DEFAULT, texts.data());
}

bool has(const std::vector<std::string>& names, const char* name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// One client after the other.
class ClientReader {
 public:
  explicit ClientReader(const std::string& path) : file_(path) {}

  const std::vector<std::string>& clients() const { return file_.clients(); }
  bool has_snippets(const std::string& client) { return has(file_.arrays(client), "snippets"); }

  TffClient numbers(const std::string& name) {
    const std::vector<std::string> names = file_.arrays(name);
    TffClient client;
    client.name = name;
    client.part = has(names, "pixels") ? "pixels" : "image";
    if (!has(names, client.part.c_str()) || !has(names, "label")) {
      file_.fail(TffFile::path_of(name), "must hold pixels or image, and label");
    }
    read_values(client);
    client.labels = integers(client, "label");
    client.has_coarse = has(names, "coarse_label") ? 1 : 0;
    if (client.has_coarse != 0) client.coarse = integers(client, "coarse_label");
    return client;
  }

  TffClient snippets(const std::string& name) {
    if (!has_snippets(name)) file_.fail(TffFile::path_of(name), "must hold snippets");
    TffClient client;
    client.name = name;
    client.part = "snippets";
    client.samples = 1;
    const ArrayOf array = file_.open(name, "snippets");
    const std::string part = TffFile::path_of(name) + "/snippets";
    if (array.type != H5T_STRING || array.dims.size() != 1) file_.fail(part, "must be texts in one dimension");
    file_.read_texts(array, part, [&client](std::string_view text) { client.text.append(text).push_back('\n'); });
    return client;
  }

 private:
  void read_values(TffClient& client) {
    const ArrayOf array = file_.open(client.name, client.part);
    const std::string part = TffFile::path_of(client.name) + "/" + client.part;
    const bool image = client.part == "image";
    const bool right = image ? array.type == H5T_INTEGER && array.size == 1 && array.dims.size() == 4
                             : array.type == H5T_FLOAT && array.dims.size() >= 2;
    if (!right) {
      file_.fail(part, image ? "must be bytes in four dimensions: count, height, width, channels"
                             : "must be floats in two or more dimensions: count, height, width");
    }
    client.samples = array.dims[0];
    client.width = client.samples == 0 ? 0 : array.values() / client.samples;
    if (client.width == 0 && client.samples > 0) file_.fail(part, "samples without values");
    if (image) {
      read_image(array, part, client);
    } else {
      read_floats(array, part, client);
    }
  }

  void read_floats(const ArrayOf& array, const std::string& part, TffClient& client) {
    client.values.resize(array.values());
    if (!client.values.empty()) file_.read_all(array, part, H5T_NATIVE_FLOAT, client.values.data());
    for (const float value : client.values) {
      if (!std::isfinite(value)) file_.fail(part, fmt::format("holds {}, must be finite", value));
    }
    if (array.dims.size() == 3) client.dims = {1, array.dims[1], array.dims[2]};
  }

  void read_image(const ArrayOf& array, const std::string& part, TffClient& client) {
    std::vector<std::uint8_t> bytes(array.values());
    if (!bytes.empty()) file_.read_all(array, part, H5T_NATIVE_UINT8, bytes.data());
    client.bytes.resize(bytes.size());
    const std::size_t channels = array.dims[3], positions = channels == 0 ? 0 : client.width / channels;
    for (std::size_t i = 0; i < bytes.size(); i += client.width) {
      for (std::size_t k = 0; k < positions; ++k) {
        for (std::size_t c = 0; c < channels; ++c) client.bytes[i + c * positions + k] = bytes[i + k * channels + c];
      }
    }
    client.dims = {array.dims[3], array.dims[1], array.dims[2]};
  }

  std::vector<std::int64_t> integers(const TffClient& client, const char* name) {
    const ArrayOf array = file_.open(client.name, name);
    const std::string part = TffFile::path_of(client.name) + "/" + name;
    if (array.type != H5T_INTEGER || array.dims.size() != 1) file_.fail(part, "must be integers in one dimension");
    if (array.dims[0] != client.samples) {
      file_.fail(part, fmt::format("{} labels for {} samples", array.dims[0], client.samples));
    }
    std::vector<std::int64_t> values(client.samples);
    if (!values.empty()) file_.read_all(array, part, H5T_NATIVE_INT64, values.data());
    return values;
  }

  TffFile file_;
};

}  // namespace

void read_tff_clients(const std::string& path, bool snippets, const std::function<void(const TffClient&)>& use) {
  ClientReader reader(path);
  for (const std::string& name : reader.clients()) use(snippets ? reader.snippets(name) : reader.numbers(name));
}

bool first_has_snippets(const std::string& path) {
  ClientReader reader(path);
  return reader.has_snippets(reader.clients().front());
}

}  // namespace fedtide
