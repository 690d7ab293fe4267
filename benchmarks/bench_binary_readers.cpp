// Readers of images, arrays, JSON and text: MB of content a second of CPU time and the most memory of the process. Each
// idx file stands beside zlib alone on the same file (gzread into a buffer), LEAF's JSON beside RapidJSON alone.
//   bench_binary_readers --benchmark_filter=leaf
#include <rapidjson/reader.h>
#include <zlib.h>

#include "benchmarks/support/reading.h"
#include "datasets/formats/cifar.h"
#include "datasets/formats/idx.h"
#include "datasets/formats/leaf.h"
#include "datasets/images/cifar_files.h"
#include "datasets/leaf/read_halves.h"
#include "datasets/text/text_loader.h"
#include "sim/files/json.h"

namespace {

using namespace fedtide;

const std::string kShared = FEDTIDE_BENCHMARK_SOURCE "/../shared/data/";
const std::string kFashion = "/usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz";
const std::string kMnist = kShared + "mnist/train-images-idx3-ubyte.gz";
const std::string kSynthetic = kShared + "leaf-synthetic/fedml_synthetic_1_1_mytrain.reconstructed.json.gz";
const std::string kFemnist = kShared + "leaf-femnist/train.json.gz";
const std::string kPlay = kShared + "tinyshakespeare/input.txt.gz";
const std::string kCifar = kShared + "cifar10/data_batch_1.first5000.bin.gz";

void zlib_alone(benchmark::State& state, const std::string& file) {
  std::vector<std::uint8_t> buffer(1 << 20);
  measure_reading(state, {file}, [&] {
    const gzFile in = gzopen(file.c_str(), "rb");
    gzbuffer(in, 1 << 18);
    while (gzread(in, buffer.data(), static_cast<unsigned>(buffer.size())) > 0) {
    }
    gzclose(in);
  });
}
void idx_gz(benchmark::State& state, const std::string& file) {
  measure_reading(state, {file},
                  [&] { benchmark::DoNotOptimize(read_idx_images(ContentReader::open(file), 60000, "")); });
}
void mnist_idx(benchmark::State& state) { idx_gz(state, kMnist); }
void mnist_zlib(benchmark::State& state) { zlib_alone(state, kMnist); }
void fashion_idx(benchmark::State& state) { idx_gz(state, kFashion); }
void fashion_zlib(benchmark::State& state) { zlib_alone(state, kFashion); }
BENCHMARK(mnist_idx)->Unit(benchmark::kMillisecond);
BENCHMARK(mnist_zlib)->Unit(benchmark::kMillisecond);
BENCHMARK(fashion_idx)->Unit(benchmark::kMillisecond);
BENCHMARK(fashion_zlib)->Unit(benchmark::kMillisecond);

void writers_idx(benchmark::State& state) {
  const std::string file = kShared + "mnist-writers/qmnist-train-labels-idx2-int.gz";
  measure_reading(state, {file}, [&] { benchmark::DoNotOptimize(read_idx(ContentReader::open(file))); });
}
BENCHMARK(writers_idx)->Unit(benchmark::kMillisecond);

/// From memory and not packed: the reader without zlib.
template <class Read>
void unpacked(benchmark::State& state, const std::string& file, Read read) {
  if (!std::filesystem::exists(file)) return state.SkipWithError((file + " is not there").c_str());
  const std::vector<std::uint8_t> bytes = content_of(file);
  measure_reading(state, {file}, [&] { read(ContentReader::over(file, bytes)); });
}
void read_leaf_file(ContentReader content) {
  ClientExamples examples;
  read_leaf(std::move(content), examples);
  benchmark::DoNotOptimize(examples.samples);
}
void leaf_synthetic_json(benchmark::State& state) { unpacked(state, kSynthetic, read_leaf_file); }
void leaf_femnist_json(benchmark::State& state) { unpacked(state, kFemnist, read_leaf_file); }
void leaf_synthetic_gz(benchmark::State& state) {
  measure_reading(state, {kSynthetic}, [] { read_leaf_file(ContentReader::open(kSynthetic)); });
}
void leaf_synthetic_zlib(benchmark::State& state) { zlib_alone(state, kSynthetic); }

/// RapidJSON's events with nobody to hear them, from a text in memory.
void leaf_synthetic_rapidjson(benchmark::State& state) {
  if (!std::filesystem::exists(kSynthetic)) return state.SkipWithError("the file is not there");
  std::vector<std::uint8_t> bytes = content_of(kSynthetic);
  bytes.push_back(0);
  measure_reading(state, {kSynthetic}, [&] {
    rapidjson::StringStream in(reinterpret_cast<const char*>(bytes.data()));
    rapidjson::BaseReaderHandler<> nobody;
    rapidjson::Reader reader;
    benchmark::DoNotOptimize(reader.Parse<rapidjson::kParseFullPrecisionFlag>(in, nobody));
  });
}
BENCHMARK(leaf_synthetic_json)->Unit(benchmark::kMillisecond);
BENCHMARK(leaf_synthetic_rapidjson)->Unit(benchmark::kMillisecond);
BENCHMARK(leaf_synthetic_gz)->Unit(benchmark::kMillisecond);
BENCHMARK(leaf_synthetic_zlib)->Unit(benchmark::kMillisecond);
BENCHMARK(leaf_femnist_json)->Unit(benchmark::kMillisecond);

void cifar_records(benchmark::State& state) {
  unpacked(state, kCifar, [](ContentReader content) {
    CifarImages images;
    read_cifar(std::move(content), false, images);
    benchmark::DoNotOptimize(images.pixels.data());
  });
}
void cifar_gz(benchmark::State& state) {
  measure_reading(state, {kCifar}, [] {
    CifarImages images;
    read_cifar(ContentReader::open(kCifar), false, images);
    benchmark::DoNotOptimize(images.pixels.data());
  });
}
void cifar_zlib(benchmark::State& state) { zlib_alone(state, kCifar); }
BENCHMARK(cifar_records)->Unit(benchmark::kMillisecond);
BENCHMARK(cifar_gz)->Unit(benchmark::kMillisecond);
BENCHMARK(cifar_zlib)->Unit(benchmark::kMillisecond);

void text_of(benchmark::State& state, TextLevel level, TextOptions::Clients clients) {
  measure_reading(state, {kPlay}, [=] {
    TextOptions options;
    options.path = kPlay;
    options.level = level;
    options.clients = clients;
    benchmark::DoNotOptimize(TextLoader(options).load(1).train->size());
  });
}
void tinyshakespeare_speakers(benchmark::State& state) {
  text_of(state, TextLevel::character, TextOptions::Clients::speakers);
}
void tinyshakespeare_words(benchmark::State& state) { text_of(state, TextLevel::word, TextOptions::Clients::none); }
BENCHMARK(tinyshakespeare_speakers)->Unit(benchmark::kMillisecond);
BENCHMARK(tinyshakespeare_words)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
