// The source `numpy`: arrays saved by NumPy, as members of one .npz or as .npy files of a folder; files in idx format
// go too. Nothing is unpickled.

#include <array>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "datasets/arrays/array_source.h"
#include "datasets/formats/idx.h"
#include "datasets/formats/npy.h"
#include "datasets/formats/npz.h"
#include "datasets/natural_clients.h"
#include "sim/base/error.h"
#include "sim/config/section.h"
#include "sim/files/path.h"

namespace fedtide {
namespace {

namespace fs = std::filesystem;

/// Names of arrays; empty: there is none.
struct Options {
  std::string path;
  std::string x, y, client, test_x, test_y, test_client;
  ArrayOptions arrays;
  ClientChoice choice;
};

/// The arrays of an .npz or of a folder, by name.
class Arrays {
 public:
  explicit Arrays(const std::string& path) : path_(path) {
    std::error_code ignored;
    if (!fs::exists(path, ignored)) throw Failure(ExitCode::no_input, fmt::format("{}: is not there", path));
    if (!fs::is_directory(path, ignored)) npz_.emplace(path);
  }

  Array read(const std::string& name) const {
    if (npz_) return npz_->read(name);
    for (const char* ending : {"", ".npy", ".npy.gz", ".gz"}) {
      const fs::path file = fs::path(path_) / (name + ending);
      std::error_code ignored;
      if (fs::is_regular_file(file, ignored)) return read_file(file.string());
    }
    throw Failure(ExitCode::no_input, fmt::format("{}: has neither {} nor {}.npy, plain or .gz", path_, name, name));
  }

 private:
  /// idx files begin with two zero bytes, NumPy's never do.
  static Array read_file(const std::string& file) {
    std::array<std::uint8_t, 2> begin{1, 1};
    ContentReader::open(file).read(begin);
    return begin == std::array<std::uint8_t, 2>{0, 0} ? read_idx(ContentReader::open(file))
                                                      : read_npy(ContentReader::open(file));
  }

  std::string path_;
  std::optional<NpzFile> npz_;
};

class NumPy final : public DataLoader {
 public:
  explicit NumPy(Options options) : o_(std::move(options)) {}
  std::optional<InputShape> shape() const override { return std::nullopt; }  // the files say
  bool has_clients() const override { return !o_.client.empty(); }

  DataSource load(std::uint64_t seed) const override {
    const Arrays arrays(o_.path);
    ArrayHalf train = read_half(arrays, o_.x, o_.y, o_.client);
    std::optional<ArrayHalf> test;
    if (!o_.test_x.empty()) test = read_half(arrays, o_.test_x, o_.test_y, o_.test_client);
    DataSource source = array_source(std::move(train), std::move(test), o_.arrays);
    choose_clients(source, o_.choice, seed, o_.path);
    return source;
  }

 private:
  static ArrayHalf read_half(const Arrays& arrays, const std::string& x, const std::string& y,
                             const std::string& client) {
    ArrayHalf half{arrays.read(x), std::nullopt, std::nullopt};
    if (!y.empty()) half.y = arrays.read(y);
    if (!client.empty()) half.client = arrays.read(client);
    return half;
  }

  Options o_;
};

std::unique_ptr<DataLoader> read(Section& section) {
  Options o;
  const std::string path = section.text(
      "path",
      {std::nullopt, ".npz file, or folder of .npy or idx files, plain or .gz; relative to the config file", ""});
  o.path = resolve_path(path, section.folder());
  const auto name = [&section](const char* key, const char* help) {
    return section.maybe_text(key, {std::nullopt, help, ""}).value_or("");
  };
  o.x = section.text("x", {"x", "name of the array with the samples", ""});
  o.y = section.text("y", {"y", "name of the array with labels (integers) or numbers to predict (floats)", ""});
  o.client = name("client_array", "name of the array that says whose each sample is: integers");
  o.test_x = name("test_x", "name of the array with the samples for testing");
  o.test_y = name("test_y", "name of the array with their labels");
  o.test_client = name("test_client_array", "name of the array that says whose they are");
  if (o.test_x.empty() != o.test_y.empty()) section.reject("test_x", "goes with test_y");
  if (!o.test_client.empty() && (o.test_x.empty() || o.client.empty())) {
    section.reject("test_client_array", "goes with test_x and client_array");
  }
  o.arrays.channels_last =
      section.word("layout", Words{"channels_first",
                                   {{"channels_first", "x is [samples, channels, height, width]", "PyTorch"},
                                    {"channels_last", "x is [samples, height, width, channels]", "TensorFlow"}},
                                   "of x with four dimensions",
                                   ""}) == "channels_last";
  o.arrays.classes =
      static_cast<int>(section
                           .maybe_whole("classes", {std::nullopt, between(1, 1e6),
                                                    "labels are below it; by default as the data have", ""})
                           .value_or(0));
  o.choice = read_client_choice(section);
  return std::make_unique<NumPy>(std::move(o));
}

const Registration<DatasetEntry> entry{
    {{"numpy", "arrays saved by NumPy (.npz, .npy) or in idx format, with or without clients",
      "numpy.org, NEP 1: a simple file format for NumPy arrays"},
     read}};

}  // namespace
}  // namespace fedtide
