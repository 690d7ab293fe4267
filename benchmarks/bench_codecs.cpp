// Codecs: encode and decode of a million floats on one core. bytes_per_second counts the input, 4 bytes a float, once
// for the encoding and decoding together; "times_smaller" is its size over the stream's.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "sim/base/distributions.h"
#include "sim/config/yaml.h"
#include "sim/config/yaml_section.h"
#include "sim/federation/codec.h"

namespace {

using namespace fedtide;

std::unique_ptr<const Codec> read_codec(const std::string& yaml) {
  Problems problems;
  return read_config(load_yaml_text(yaml, "benchmark"), problems, [](Section& s) {
    std::unique_ptr<const Codec> codec;
    s.choose_from<CodecEntry>("codec", "plain", "", [&](const CodecEntry& entry) { codec = entry.read(s); });
    return codec;
  });
}

void both_ways(benchmark::State& state, const std::string& yaml) {
  constexpr std::size_t kSize = 1000000;
  const auto codec = read_codec(yaml);
  Stream draws(1, Purpose::dataset);
  std::vector<float> x(kSize), y(kSize);
  for (float& value : x) value = static_cast<float>(normal(draws));
  std::vector<std::byte> bytes(static_cast<std::size_t>(codec->bytes(kSize).count));
  std::uint32_t turn = 0;
  for (auto _ : state) {
    const Stream stream(1, Purpose::codec, 0, turn++);
    codec->encode(x, stream, bytes);
    codec->decode(bytes, stream, y);
    benchmark::DoNotOptimize(y.data());
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(4 * kSize));
  state.counters["times_smaller"] = 4.0 * kSize / static_cast<double>(bytes.size());
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> all;
  for (const About& about : Registry<CodecEntry>::instance().list()) all.push_back("{codec: " + about.name + "}");
  for (const char* more : {"{codec: linear, bits: 4}", "{codec: qsgd, bits: 3}", "{codec: qsgd, bits: 8}",
                           "{codec: top_k, fraction: 0.01}", "{codec: random_k, fraction: 0.01}"}) {
    all.push_back(more);
  }
  for (const std::string& yaml : all) {
    benchmark::RegisterBenchmark(yaml.c_str(), [yaml](benchmark::State& state) {
      both_ways(state, yaml);
    })->Unit(benchmark::kMillisecond);
  }
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
