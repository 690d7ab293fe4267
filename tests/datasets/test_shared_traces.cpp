// Traces of links, round-trip times and devices among the shared data: the plain readers take them whole, with the
// counts of the data's README.

#include <map>
#include <numeric>

#include "sim/files/json.h"
#include "sim/files/lines.h"
#include "sim/files/number.h"
#include "tests/catch.h"
#include "tests/datasets/helpers.h"

namespace fedtide {
namespace {

TEST_CASE("mahimahi's link traces: one opportunity of 1,500 bytes a line, in milliseconds that never fall") {
  const auto folder = shared_data("net-mahimahi");
  if (!folder) return;
  // Packets and last stamp, as `zcat | awk` counts them in the README.
  const std::map<std::string, std::pair<int, std::int64_t>> known{
      {"ATT-LTE-driving-2016.down", {45604, 120002}},  {"ATT-LTE-driving-2016.up", {19101, 120002}},
      {"ATT-LTE-driving.down", {338895, 786112}},      {"ATT-LTE-driving.up", {70336, 1012472}},
      {"TMobile-UMTS-driving.down", {156262, 928424}}, {"TMobile-UMTS-driving.up", {73197, 931233}},
      {"Verizon-EVDO-driving.down", {46065, 1062016}}, {"Verizon-EVDO-driving.up", {74768, 1064718}},
      {"Verizon-LTE-short.down", {58655, 140000}},     {"Verizon-LTE-short.up", {69367, 140000}}};
  for (const auto& [name, counts] : known) {
    INFO(name);
    LineReader lines(ContentReader::open(*folder + "/" + name + ".gz"));
    std::string_view line;
    int packets = 0;
    std::int64_t last = 0;
    bool rising = true;
    while (lines.next(line)) {
      const auto stamp = parse_whole(line, 0, 1'000'000'000);
      REQUIRE(stamp);
      rising = rising && *stamp >= last;
      last = *stamp;
      ++packets;
    }
    CHECK(packets == counts.first);
    CHECK(last == counts.second);
    CHECK(rising);
  }
}

/// Rows of numbers with blanks or tabs between them.
std::vector<std::vector<double>> read_matrix(const std::string& file) {
  LineReader lines(ContentReader::open(file));
  std::vector<std::vector<double>> rows;
  std::string_view line;
  while (lines.next(line)) {
    std::vector<double> row;
    const char *at = line.data(), *const end = at + line.size();
    while (true) {
      while (at < end && (*at == ' ' || *at == '\t')) ++at;
      if (at == end) break;
      double value = 0;
      at = scan_number(at, end, value);
      REQUIRE(at != nullptr);
      row.push_back(value);
    }
    if (!row.empty()) rows.push_back(std::move(row));
  }
  return rows;
}

TEST_CASE("round-trip times: square matrices of PlanetLab and Seattle") {
  const auto folder = shared_data("net-latency");
  if (!folder) return;
  int planetlab = 0, seattle = 0;
  for (const auto& entry : std::filesystem::directory_iterator(*folder)) {
    const std::string name = entry.path().filename().string();
    if (entry.path().extension() != ".gz") continue;
    INFO(name);
    const auto rows = read_matrix(entry.path().string());
    const bool is_planetlab = name.rfind("PlanetLab", 0) == 0;
    (is_planetlab ? planetlab : seattle) += 1;
    const std::size_t n = is_planetlab ? 490 : 99;
    CHECK(rows.size() == n);
    double sum = 0;
    for (const auto& row : rows) {
      CHECK(row.size() == n);
      sum = std::accumulate(row.begin(), row.end(), sum);
    }
    if (name == "PlanetLabData_1.gz") CHECK(sum / (490 * 490) == Approx(146.537).epsilon(1e-5));
    if (name == "SeattleData_44.gz") CHECK(sum / (99 * 99) == Approx(0.369274).epsilon(1e-5));
  }
  CHECK(planetlab == 2);
  CHECK(seattle == 16);
}

/// Counts values by the depth at which they stand.
struct Counter final : JsonEvents {
  int depth = 0;
  std::map<int, int> keys, objects;
  std::map<std::string, int> texts;

  void start_object() override { ++objects[depth++]; }
  void key(std::string_view) override { ++keys[depth]; }
  void end_object() override { --depth; }
  void start_array() override { ++depth; }
  void end_array() override { --depth; }
  void text(std::string_view value) override { ++texts[std::string(value)]; }
  void number(std::string_view) override {}
  void other(std::string_view) override {}
};

Counter count(const std::string& file) {
  Counter counter;
  ContentReader content = ContentReader::open(file);
  read_json(content, counter);
  return counter;
}

TEST_CASE("FLASH's phones: 333 devices, 307 scores, 772 names of which 162 are known, 19 users' links") {
  const auto folder = shared_data("device-flash");
  if (!folder) return;
  CHECK(count(*folder + "/raw_ai_benchmark_list.json.gz").objects[1] == 333);
  CHECK(count(*folder + "/benchmark2score.json.gz").keys[1] == 307);
  const Counter names = count(*folder + "/real2benchmark.json.gz");
  CHECK(names.keys.at(1) == 772);
  CHECK(772 - names.texts.at("unknown") == 162);
  CHECK(count(*folder + "/speed_distri.json.gz").keys[1] == 19);
}

}  // namespace
}  // namespace fedtide
