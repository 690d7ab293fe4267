#include "benchmarks/support/workload.h"

#include <fmt/format.h>

#include <filesystem>

#include "datasets/byte_dataset.h"
#include "datasets/images/mnist_files.h"
#include "sim/base/distributions.h"
#include "sim/config/yaml.h"
#include "sim/config/yaml_section.h"

namespace fedtide::bench {
namespace {

constexpr const char* kFashionMnist = "/usr/share/datasets/fashion-mnist";
constexpr Index kSteps = 80;       // characters of a sample, McMahan et al. 2017
constexpr Index kVocabulary = 90;  // of LEAF's Shakespeare, with padding
constexpr std::uint32_t kTexts = 12000;

/// Sequences of tokens held in memory.
class Texts final : public Dataset {
 public:
  Texts(InputShape shape, std::vector<std::int32_t> tokens, std::vector<std::int32_t> labels)
      : shape_(std::move(shape)), tokens_(std::move(tokens)), labels_(std::move(labels)) {}

  std::uint32_t size() const override { return static_cast<std::uint32_t>(labels_.size()); }
  const InputShape& shape() const override { return shape_; }
  std::span<const std::int32_t> labels() const override { return labels_; }
  Bytes memory() const override { return Bytes{static_cast<std::int64_t>(4 * (tokens_.size() + labels_.size()))}; }
  void gather(std::span<const std::uint32_t> rows, Batch<float>& batch) const override { copy(rows, batch); }
  void gather(std::span<const std::uint32_t> rows, Batch<double>& batch) const override { copy(rows, batch); }

 private:
  template <class T>
  void copy(std::span<const std::uint32_t> rows, Batch<T>& batch) const {
    const std::size_t steps = static_cast<std::size_t>(shape_.dims[0]);
    if (batch.tokens.size() < steps * rows.size()) batch.tokens.resize(steps * rows.size());
    if (batch.labels.size() < rows.size()) batch.labels.resize(rows.size());
    batch.count = static_cast<Index>(rows.size());
    for (std::size_t j = 0; j < rows.size(); ++j) {
      std::copy_n(tokens_.begin() + static_cast<std::ptrdiff_t>(rows[j] * steps), steps,
                  batch.tokens.begin() + static_cast<std::ptrdiff_t>(j * steps));
      batch.labels[j] = labels_[rows[j]];
    }
  }

  InputShape shape_;
  std::vector<std::int32_t> tokens_;  // [steps, size]
  std::vector<std::int32_t> labels_;
};

/// A character is followed by the one 7 places on, nine times in ten, else by any.
std::shared_ptr<const Dataset> generate_texts(std::uint32_t samples, std::uint64_t seed) {
  Stream stream(seed, Purpose::dataset);
  const auto any = [&] { return static_cast<std::int32_t>(uniform_below(stream, kVocabulary)); };
  std::vector<std::int32_t> tokens, labels;
  for (std::uint32_t j = 0; j < samples; ++j) {
    std::int32_t token = any();
    for (Index step = 0; step < kSteps; ++step) {
      tokens.push_back(token);
      token = uniform(stream) < 0.9 ? (token + 7) % static_cast<std::int32_t>(kVocabulary) : any();
    }
    labels.push_back(token);
  }
  InputShape shape;
  shape.kind = InputShape::Kind::sequence;
  shape.dims = {kSteps};
  shape.classes = static_cast<int>(kVocabulary);
  shape.vocabulary = kVocabulary;
  return std::make_shared<Texts>(std::move(shape), std::move(tokens), std::move(labels));
}

Workload load_section(const std::string& data) {
  Problems problems;
  std::unique_ptr<DataLoader> loader;
  read_config(load_yaml_text(data, "workload"), problems, [&](Section& section) {
    section.choose_from<DatasetEntry>("dataset", std::nullopt, "data set",
                                      [&](const DatasetEntry& entry) { loader = entry.read(section); });
  });
  DataSource source = loader->load(1);
  return {std::move(source.train), std::move(source.test), data};
}

}  // namespace

std::shared_ptr<const Dataset> generate_images(std::vector<Index> dims, int classes, std::uint32_t samples,
                                               std::uint64_t seed) {
  InputShape shape{InputShape::Kind::dense, std::move(dims), classes};
  const auto features = static_cast<std::size_t>(shape.features());
  const std::size_t patch = features / static_cast<std::size_t>(4 * classes);
  Stream stream(seed, Purpose::dataset);
  std::vector<std::uint8_t> values(features * samples);
  for (auto& value : values) {
    const std::uint32_t draw = uniform_below(stream, 512);
    value = static_cast<std::uint8_t>(draw < 256 ? 0 : draw - 256);
  }
  std::vector<std::int32_t> labels(samples);
  for (std::size_t j = 0; j < samples; ++j) {
    labels[j] = static_cast<std::int32_t>(uniform_below(stream, static_cast<std::uint32_t>(classes)));
    const std::size_t begin = j * features + 4 * patch * static_cast<std::size_t>(labels[j]);
    std::fill_n(values.begin() + static_cast<std::ptrdiff_t>(begin), patch, std::uint8_t{255});
  }
  return std::make_shared<ByteDataset>(std::move(shape), std::move(values), std::move(labels));
}

Workload load_workload(const std::string& data) {
  if (data == "text") {
    return {generate_texts(kTexts, 1), generate_texts(1000, 2),
            fmt::format("generated text, {} characters a sample, {} kinds", kSteps, kVocabulary)};
  }
  if (data != "images") return load_section(data);
  if (std::filesystem::exists(kFashionMnist)) {
    DataSource source = load_mnist_files(kFashionMnist, "");
    return {std::move(source.train), std::move(source.test), "Fashion-MNIST"};
  }
  return {generate_images({1, 28, 28}, 10, 60000, 1), generate_images({1, 28, 28}, 10, 10000, 2),
          "generated bytes, half of them 0 (apt-get install dataset-fashion-mnist for real ones)"};
}

}  // namespace fedtide::bench
