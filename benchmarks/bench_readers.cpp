// Readers of data: MB of content a second of this thread's CPU time, and the most memory of the process while it reads.
// Real files are those of ../shared/data and of Debian's package, where they are there; the 100 MB tables are
// generated.
//   bench_readers --benchmark_filter=csv
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <unistd.h>
#include <zlib.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "datasets/formats/idx.h"
#include "datasets/formats/libsvm.h"
#include "datasets/tables/loader.h"
#include "sim/base/random.h"
#include "sim/config/yaml.h"
#include "sim/config/yaml_section.h"
#include "sim/learn/dataset.h"

namespace {

using namespace fedtide;
namespace fs = std::filesystem;

const fs::path kShared = fs::path(FEDTIDE_BENCHMARK_SOURCE) / ".." / "shared" / "data";
constexpr std::size_t kGenerated = 100'000'000;

/// The most memory since the last reset, MB.
class PeakMemory {
 public:
  PeakMemory() { std::ofstream("/proc/self/clear_refs") << "5"; }
  double megabytes() const {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with("VmHWM:")) return std::strtod(line.c_str() + 6, nullptr) / 1000;
    }
    return 0;
  }
};

std::size_t content_bytes(const std::string& path) {
  ContentReader content = ContentReader::open(path);
  std::vector<std::uint8_t> part(1 << 20);
  while (content.read(part) == part.size()) {
  }
  return content.offset();
}

/// Runs `read` over and over and says how fast it went.
template <class Read>
void measure(benchmark::State& state, const std::vector<std::string>& files, Read read) {
  std::size_t bytes = 0;
  for (const std::string& file : files) {
    if (!fs::exists(file)) return state.SkipWithError((file + " is not there").c_str());
    bytes += content_bytes(file);
  }
  const PeakMemory peak;
  for (auto _ : state) read();
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes) * state.iterations());
  state.counters["content_MB"] = static_cast<double>(bytes) / 1e6;
  state.counters["peak_MB"] = peak.megabytes();
}

/// A data set by the keys of `data:`.
void load(benchmark::State& state, const std::string& keys, const std::vector<std::string>& files) {
  measure(state, files, [&] {
    const Node root = load_yaml_text(keys, "benchmark");
    Problems problems;
    const auto loader = read_config(root, problems, [](Section& s) {
      std::unique_ptr<DataLoader> result;
      s.choose_from<DatasetEntry>("dataset", std::nullopt, "",
                                  [&](const DatasetEntry& entry) { result = entry.read(s); });
      return result;
    });
    benchmark::DoNotOptimize(loader->load(1).train->size());
  });
}

void in_folder(benchmark::State& state, const std::string& dataset, const fs::path& folder,
               const std::vector<std::string>& names) {
  std::vector<std::string> files;
  for (const std::string& name : names) files.push_back((folder / name).string());
  load(state, "dataset: " + dataset + "\npath: " + folder.string(), files);
}

const std::vector<std::string> kMnistFiles{"train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz",
                                           "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"};

void load_mnist(benchmark::State& state) { in_folder(state, "mnist", kShared / "mnist", kMnistFiles); }
void load_fashion_mnist(benchmark::State& state) {
  in_folder(state, "fashion_mnist", "/usr/share/datasets/fashion-mnist", kMnistFiles);
}
void load_amlsim(benchmark::State& state) {
  in_folder(state, "amlsim", kShared / "amlsim/20K_fanin200cycle200", {"nodes.csv.gz", "transactions.csv.gz"});
}
void load_a9a(benchmark::State& state) {
  const std::string file = (kShared / "libsvm/a9a.gz").string();
  load(state, "dataset: libsvm\npath: " + file, {file});
}
void load_adult(benchmark::State& state) {
  const std::string file = (kShared / "adult/adult.data.gz").string();
  load(state, "dataset: adult\npath: " + file, {file});
}
void load_tinyshakespeare(benchmark::State& state) {
  const std::string file = (kShared / "tinyshakespeare/input.txt.gz").string();
  load(state, "dataset: shakespeare\npath: " + file, {file});
}
BENCHMARK(load_mnist)->Unit(benchmark::kMillisecond);
BENCHMARK(load_fashion_mnist)->Unit(benchmark::kMillisecond);
BENCHMARK(load_a9a)->Unit(benchmark::kMillisecond);
BENCHMARK(load_tinyshakespeare)->Unit(benchmark::kMillisecond);
BENCHMARK(load_amlsim)->Unit(benchmark::kMillisecond);
BENCHMARK(load_adult)->Unit(benchmark::kMillisecond);

// The idx reader against zlib alone on the same file: gzread into a buffer, and nothing else.
const std::string kImages = (kShared / "mnist" / kMnistFiles[0]).string();

void idx_gz_by_zlib_alone(benchmark::State& state) {
  measure(state, {kImages}, [] {
    const gzFile file = gzopen(kImages.c_str(), "rb");
    gzbuffer(file, 1 << 18);
    std::vector<std::uint8_t> values(60'000 * 784 + 16);
    benchmark::DoNotOptimize(gzread(file, values.data(), static_cast<unsigned>(values.size())));
    gzclose(file);
  });
}
void idx_gz(benchmark::State& state) {
  measure(state, {kImages}, [] {
    benchmark::DoNotOptimize(read_idx_images(ContentReader::open(kImages), 60'000, "labels").pixels.data());
  });
}
BENCHMARK(idx_gz_by_zlib_alone)->Unit(benchmark::kMillisecond);
BENCHMARK(idx_gz)->Unit(benchmark::kMillisecond);

/// A generated file that vanishes at the end.
class Generated {
 public:
  template <class Line>
  Generated(const std::string& name, Line line)
      : path_((fs::temp_directory_path() / fmt::format("fedtide-bench-{}-{}", ::getpid(), name)).string()) {
    std::ofstream out(path_, std::ios::binary);
    Stream stream(1, Purpose::dataset);
    std::string text;
    for (std::size_t written = 0, row = 0; written < kGenerated; ++row) {
      text.clear();
      while (text.size() < (1 << 20)) line(text, stream, row++);
      out << text;
      written += text.size();
    }
  }
  ~Generated() { fs::remove(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

double number(Stream& stream) { return static_cast<double>(stream.next32() % 2'000'000) / 1e5 - 10; }

void csv_100_mb(benchmark::State& state) {
  const Generated file("csv", [](std::string& text, Stream& stream, std::size_t row) {
    if (row == 0) text += "client,label,color,a,b,c,d,e,f,g,h,i,j\n";
    text += fmt::format("c{},{},{}", stream.next32() % 100, stream.next32() % 10, stream.next32() % 2 ? "red" : "blue");
    for (int i = 0; i < 10; ++i) text += fmt::format(",{:.5f}", number(stream));
    text += '\n';
  });
  TableRules rules;
  for (const auto& [name, type] : {std::pair("client", ColumnType::client), std::pair("label", ColumnType::label),
                                   std::pair("color", ColumnType::category)}) {
    rules.columns.emplace_back().name = name;
    rules.columns.back().type = type;
  }
  measure(state, {file.path()}, [&] {
    benchmark::DoNotOptimize(read_csv_table({{file.path(), false, {}}}, {}, rules).in_test.size());
  });
}
void libsvm_100_mb(benchmark::State& state) {
  const Generated file("libsvm", [](std::string& text, Stream& stream, std::size_t row) {
    text += row % 2 == 0 ? "+1" : "-1";
    for (std::uint32_t i = 0, index = 0; i < 20; ++i) {
      index += 1 + stream.next32() % 20;
      text += fmt::format(" {}:{:.5f}", index, number(stream));
    }
    text += '\n';
  });
  measure(state, {file.path()},
          [&] { benchmark::DoNotOptimize(read_libsvm(ContentReader::open(file.path()), {}).labels.data()); });
}
BENCHMARK(csv_100_mb)->Unit(benchmark::kMillisecond)->Iterations(3);
BENCHMARK(libsvm_100_mb)->Unit(benchmark::kMillisecond)->Iterations(3);

}  // namespace

BENCHMARK_MAIN();
