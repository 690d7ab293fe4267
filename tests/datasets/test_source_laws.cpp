// What holds for every source in datasets/synthetic, read from its files so that a new one cannot be forgotten.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

#include "tests/datasets/partitions.h"
#include "tests/datasets/sources.h"

using namespace fedtide;

namespace {

std::vector<std::string> generated_sources() {
  std::vector<std::string> names;
  const std::regex registration(R"(Registration<DatasetEntry> entry\{\s*\{\{"(\w+)\")");
  for (const auto& file : std::filesystem::directory_iterator(FEDTIDE_SOURCE_DIR "/datasets/synthetic")) {
    std::ostringstream text;
    text << std::ifstream(file.path()).rdbuf();
    const std::string content = text.str();
    std::smatch found;
    if (std::regex_search(content, found, registration)) names.push_back(found[1]);
  }
  std::sort(names.begin(), names.end());
  return names;
}

bool same(const Matrix<double>& a, const Matrix<double>& b) {
  return a.rows() == b.rows() && a.cols() == b.cols() && a == b;
}

bool same(const Batch<double>& a, const Batch<double>& b) {
  return same(a.dense, b.dense) && a.labels == b.labels && same(a.targets, b.targets) && a.tokens == b.tokens &&
         a.rows == b.rows && a.columns == b.columns && a.values == b.values;
}

bool same(const std::shared_ptr<const Dataset>& a, const std::shared_ptr<const Dataset>& b) {
  return (a == nullptr) == (b == nullptr) && (a == nullptr || same(everything(*a), everything(*b)));
}

}  // namespace

TEST_CASE("every generated source: the same seed gives the same bits, another one others") {
  const auto names = generated_sources();
  REQUIRE(names.size() >= 14);
  for (const std::string& name : names) {
    INFO(name);
    const DataSource one = source_of(name), again = source_of(name), other = source_of(name, {}, {}, 2);
    CHECK(one.sizes_only == again.sizes_only);
    CHECK(same(one.train, again.train));
    CHECK(same(one.test, again.test));
    const bool differs = one.train ? !same(one.train, other.train) : one.sizes_only != other.sizes_only;
    // Sizes are constant unless a distribution is asked for.
    CHECK((differs || name == "sizes"));
    CHECK(one.provenance.find("generated: ") == 0);
    CHECK(one.provenance.find("seed 1") != std::string::npos);
  }
}

TEST_CASE("every generated source: what it says before it is loaded is what it gives") {
  for (const std::string& name : generated_sources()) {
    INFO(name);
    Settings settings;
    const auto loader = source_loader(name, settings);
    const DataSource source = loader->load(1);
    if (!source.train) continue;
    const InputShape said = loader->shape().value(), got = source.train->shape();
    CHECK(said.kind == got.kind);
    CHECK(said.dims == got.dims);
    CHECK(said.classes == got.classes);
    CHECK(said.targets == got.targets);
    CHECK(said.vocabulary == got.vocabulary);
    CHECK(loader->has_clients() == source.natural_clients.has_value());
    if (source.natural_clients && loader->clients()) CHECK(*loader->clients() == source.natural_clients->population());
  }
}

TEST_CASE("every generated source: natural clients hold all samples, each once") {
  for (const std::string& name : generated_sources()) {
    INFO(name);
    const DataSource source = source_of(name);
    if (source.natural_clients) CHECK(is_partition(*source.natural_clients, source.train->size()));
    if (source.natural_test) {
      CHECK(is_partition(*source.natural_test, source.test->size()));
      CHECK(source.natural_test->population() == source.natural_clients->population());
    }
    if (!source.client_names.empty()) CHECK(source.client_names.size() == source.natural_clients->population());
    for (const Column& column : source.columns) {
      REQUIRE(column.codes.size() == source.train->size());
      CHECK(*std::max_element(column.codes.begin(), column.codes.end()) < column.groups.size());
    }
  }
}
