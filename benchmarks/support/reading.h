#pragma once
// What the benchmarks of readers share: files, their content, and the most memory while they are read.

#include <benchmark/benchmark.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "sim/files/gzip.h"

namespace fedtide {

/// The most memory of the process since this was made, in MB.
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

/// The file's content, unpacked.
inline std::vector<std::uint8_t> content_of(const std::string& path) {
  ContentReader content = ContentReader::open(path);
  std::vector<std::uint8_t> all, part(1 << 20);
  for (std::size_t got = part.size(); got == part.size();) {
    got = content.read(part);
    all.insert(all.end(), part.begin(), part.begin() + static_cast<std::ptrdiff_t>(got));
  }
  return all;
}

/// Runs `read` over and over and says how many MB of content a second of CPU time it takes, and the peak of memory. The
/// benchmark is skipped where a file is missing.
template <class Read>
void measure_reading(benchmark::State& state, const std::vector<std::string>& files, Read read) {
  std::size_t bytes = 0;
  for (const std::string& file : files) {
    if (!std::filesystem::exists(file)) return state.SkipWithError((file + " is not there").c_str());
    bytes += content_of(file).size();
  }
  const PeakMemory peak;
  for (auto _ : state) read();
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes) * state.iterations());
  state.counters["content_MB"] = static_cast<double>(bytes) / 1e6;
  state.counters["peak_MB"] = peak.megabytes();
}

}  // namespace fedtide
