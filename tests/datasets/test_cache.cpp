// The cache of examples: what comes out is what went in, or nothing and a remark.

#include <cstdlib>
#include <filesystem>

#include "datasets/cache/cache_file.h"
#include "datasets/cache/examples_cache.h"
#include "datasets/formats/leaf.h"
#include "sim/base/opened_files.h"
#include "sim/base/remark.h"
#include "tests/datasets/helpers.h"

using namespace fedtide;
namespace fs = std::filesystem;
using Kind = ClientExamples::Kind;

namespace {

/// A folder for caches and sources that vanishes, and the environment as it was.
class CacheFolder {
 public:
  CacheFolder() { ::setenv("XDG_CACHE_HOME", folder_.path().c_str(), 1); }
  ~CacheFolder() { before_ ? ::setenv("XDG_CACHE_HOME", before_->c_str(), 1) : ::unsetenv("XDG_CACHE_HOME"); }
  std::string write(const std::string& name, const std::string& content) const {
    return folder_.write(name, ByteString(content.begin(), content.end()));
  }
  std::string path() const { return folder_.path(); }

 private:
  static std::optional<std::string> now() {
    const char* value = std::getenv("XDG_CACHE_HOME");
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  }
  TemporaryFolder folder_;
  std::optional<std::string> before_ = now();
};

struct Heard {
  std::vector<std::string> remarks;
  RemarkListener listener{[this](const std::string& sentence) { remarks.push_back(sentence); }};
};

std::vector<std::string> all_of(const Texts& texts) {
  std::vector<std::string> all;
  for (std::size_t i = 0; i < texts.size(); ++i) all.emplace_back(texts[i]);
  return all;
}

void check_equal(const ClientExamples& a, const ClientExamples& b) {
  REQUIRE(a.clients.size() == b.clients.size());
  for (std::size_t i = 0; i < a.clients.size(); ++i) {
    CHECK(a.clients[i].name == b.clients[i].name);
    CHECK(a.clients[i].begin == b.clients[i].begin);
    CHECK(a.clients[i].end == b.clients[i].end);
  }
  CHECK(a.places == b.places);
  CHECK(a.samples == b.samples);
  CHECK(a.kind == b.kind);
  CHECK(a.width == b.width);
  CHECK(a.dims == b.dims);
  CHECK(a.values.bytes_only() == b.values.bytes_only());
  CHECK(a.values.bytes() == b.values.bytes());
  CHECK(a.values.floats() == b.values.floats());
  CHECK(all_of(a.texts) == all_of(b.texts));
  CHECK(a.label_kind == b.label_kind);
  CHECK(a.labels == b.labels);
  CHECK(all_of(a.text_labels) == all_of(b.text_labels));
  CHECK(a.coarse == b.coarse);
  CHECK(a.checksums == b.checksums);
}

ClientExamples two_clients(Kind kind) {
  ClientExamples e;
  e.clients = {{"Anna \"A\"", 0, 2}, {"", 2, 3}};
  e.places = {{"Anna \"A\"", 0}, {"", 1}};
  e.samples = 3;
  e.kind = kind;
  e.width = 2;
  e.label_kind = kind == Kind::numbers ? Kind::numbers : Kind::text;
  e.checksums = "0badcafe";
  if (kind == Kind::numbers) {
    e.dims = {1, 1, 2};
    e.labels = {0, 4, -1.5};
    e.coarse = {7, -1, 0};
    for (const double value : {0.0, 1.0, 1 / 255.0, -3.25, 1e30, 0.1}) e.values.append(value);
  } else {
    for (const char* text : {"to be", "", "or not", "\xc3\xa9", "x", "end"}) e.texts.append(text);
    for (const char* text : {"a", "", "b"}) e.text_labels.append(text);
  }
  return e;
}

}  // namespace

TEST_CASE("a cache of examples gives back every field of what was put in") {
  const CacheFolder folder;
  const std::string source = folder.write("a.json", "content");
  for (const Kind kind : {Kind::numbers, Kind::text, Kind::fields}) {
    const ClientExamples examples = two_clients(kind);
    CHECK(write_examples_cache({source}, examples) == examples_cache_path({source}));
    const Heard heard;
    const auto cached = read_examples_cache({source});
    REQUIRE(cached);
    CHECK(heard.remarks.empty());
    check_equal(*cached, examples);
  }
  ClientExamples pixels;
  for (const double value : {0.0, 1.0, 128 / 255.0}) pixels.values.append(static_cast<float>(value));
  pixels.values.append(static_cast<double>(17.0f / 255.0f));
  write_examples_cache({source}, pixels);
  check_equal(*read_examples_cache({source}), pixels);
}

TEST_CASE("a cache of LEAF's files gives what the files give, and says that these were read") {
  const auto data = shared_data("leaf-synthetic");
  if (!data) return;
  const CacheFolder folder;
  const std::string source = *data + "/fedprox_synthetic_0_0_mytest.json.gz";
  ClientExamples examples;
  read_leaf(ContentReader::open(source), examples);
  REQUIRE(examples.samples == 897);
  write_examples_cache({source}, examples);
  const OpenedFiles opened;
  check_equal(*read_examples_cache({source}), examples);
  CHECK(opened.paths() == std::vector<std::string>{source});
}

TEST_CASE("a cache counts for files of just the content it was made from") {
  const CacheFolder folder;
  const std::string a = folder.write("a.json", "one"), b = folder.write("b.json", "two");
  const std::string cache = write_examples_cache({a, b}, two_clients(Kind::numbers));
  REQUIRE(read_examples_cache({a, b}));
  // Of other files, or of the same in another order, there is none.
  Heard heard;
  CHECK_FALSE(read_examples_cache({a}));
  CHECK_FALSE(read_examples_cache({b, a}));
  CHECK_FALSE(read_examples_cache({}));
  CHECK(heard.remarks.empty());
  // A file that was only touched is the same; another path to it, too.
  fs::last_write_time(b, fs::last_write_time(b) + std::chrono::hours(5));
  CHECK(read_examples_cache({folder.path() + "/../" + fs::path(folder.path()).filename().string() + "/a.json", b}));
  CHECK(heard.remarks.empty());
  for (const char* content : {"Two", "two more", ""}) {
    folder.write("b.json", content);
    CHECK_FALSE(read_examples_cache({a, b}));
    REQUIRE(heard.remarks.size() == 1);
    CHECK(heard.remarks[0] == cache + ": this cache is of another content of " + b +
                                  "; it is not used, and fedtide data prepare writes it anew");
    heard.remarks.clear();
  }
  fs::remove(b);
  CHECK_FALSE(read_examples_cache({a, b}));
}

TEST_CASE("a cache that is cut or flipped anywhere is not used, and a remark says so") {
  const CacheFolder folder;
  const std::string source = folder.write("a.json", "content");
  const std::string cache = write_examples_cache({source}, two_clients(Kind::numbers));
  ByteString whole(fs::file_size(cache));
  std::ifstream(cache, std::ios::binary)
      .read(reinterpret_cast<char*>(whole.data()), static_cast<std::streamsize>(whole.size()));
  const auto refused = [&](const ByteString& content) {
    std::ofstream(cache, std::ios::binary)
        .write(reinterpret_cast<const char*>(content.data()), static_cast<std::streamsize>(content.size()));
    const Heard heard;
    const bool nothing = !read_examples_cache({source});
    return nothing && heard.remarks.size() == 1 && heard.remarks[0].find(cache + ": this cache ") == 0;
  };
  for (std::size_t cut = 0; cut < whole.size(); ++cut) {
    if (!refused(ByteString(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(cut)))) FAIL("cut at " << cut);
  }
  for (std::size_t at = 0; at < whole.size(); ++at) {
    ByteString flipped = whole;
    flipped[at] = static_cast<std::uint8_t>(flipped[at] ^ (1u << at % 8));
    if (!refused(flipped)) FAIL("flipped at " << at);
  }
  CHECK(refused(whole + ByteString{0}));
  CHECK_FALSE(refused(whole));
}

TEST_CASE("a cache with a sound check sum and a wrong inside is not used") {
  const CacheFolder folder;
  const std::string path = folder.path() + "/x.cache";
  write_cache_file(path, "heading\n", "payload");
  CHECK(read_cache_file(path, "heading\n").payload == "payload");
  CHECK(read_cache_file(path, "heading 2\n").damage == "does not begin as a cache of this version does");
  CHECK_FALSE(read_cache_file(path + "no", "heading\n").exists);
  const std::string source = folder.write("a.json", "content");
  write_cache_file(examples_cache_path({source}), "fedtide examples 1\n", "\1\0\0\0\0\0\0\0too short");
  CHECK_FALSE(read_examples_cache({source}));
}

TEST_CASE("a cache is written whole or not at all, and leaves no other file") {
  const CacheFolder folder;
  const std::string source = folder.write("a.json", "content");
  const std::string cache = write_examples_cache({source}, two_clients(Kind::text));
  write_examples_cache({source}, two_clients(Kind::numbers));
  const auto files = fs::directory_iterator(fs::path(cache).parent_path());
  CHECK(std::distance(begin(files), end(files)) == 1);

  const std::string blocked = folder.write("blocked", "a file where a folder must be");
  ::setenv("XDG_CACHE_HOME", blocked.c_str(), 1);
  const Said said = said_by([&] { write_examples_cache({source}, two_clients(Kind::text)); });
  CHECK(said.code == ExitCode::no_output);
  CHECK(said.message.find(blocked + "/fedtide: cannot make this folder for a cache: ") == 0);
}

TEST_CASE("caches lie in XDG_CACHE_HOME, else in the home folder, else nowhere") {
  const CacheFolder folder;
  CHECK(cache_folder() == folder.path() + "/fedtide");
  const std::string home = std::getenv("HOME") != nullptr ? std::getenv("HOME") : "";
  ::setenv("HOME", "/home/ann", 1);
  ::unsetenv("XDG_CACHE_HOME");
  CHECK(cache_folder() == "/home/ann/.cache/fedtide");
  ::setenv("XDG_CACHE_HOME", "relative", 1);
  CHECK(cache_folder() == "/home/ann/.cache/fedtide");
  ::unsetenv("XDG_CACHE_HOME");
  ::unsetenv("HOME");
  CHECK(cache_folder().empty());
  CHECK_FALSE(read_examples_cache({"a.json"}));
  CHECK(said_by([] { write_examples_cache({"a.json"}, {}); }) ==
        Said{ExitCode::no_output, "there is no folder for a cache: set XDG_CACHE_HOME to one, or HOME"});
  ::setenv("HOME", home.c_str(), 1);
}
