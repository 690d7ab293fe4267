#include <cmath>
#include <limits>
#include <numeric>

#include "datasets/byte_dataset.h"
#include "datasets/dense_dataset.h"
#include "tests/catch.h"

namespace fedtide {
namespace {

/// All 256 byte values as the samples of one feature.
ByteDataset all_bytes() {
  std::vector<std::uint8_t> values(256);
  std::iota(values.begin(), values.end(), std::uint8_t{0});
  return ByteDataset({InputShape::Kind::dense, {1}, 2}, values, std::vector<std::int32_t>(256, 1));
}

template <class T>
void check_scaling() {
  const ByteDataset dataset = all_bytes();
  std::vector<std::uint32_t> rows(256);
  std::iota(rows.begin(), rows.end(), 0u);
  Batch<T> batch;
  dataset.gather(rows, batch);
  REQUIRE(batch.count == 256);
  for (int v = 0; v < 256; ++v) {
    // Correctly rounded: no neighbor is nearer to the quotient, which long double has with 64 bits.
    const T x = batch.dense(0, v);
    const long double exact = static_cast<long double>(v) / 255;
    const auto off = [exact](T y) { return std::abs(static_cast<long double>(y) - exact); };
    CHECK(off(x) <= off(std::nextafter(x, std::numeric_limits<T>::infinity())));
    CHECK(off(x) <= off(std::nextafter(x, -std::numeric_limits<T>::infinity())));
  }
  CHECK(batch.dense(0, 0) == T{0});
  CHECK(batch.dense(0, 255) == T{1});
}

TEST_CASE("a byte is scaled to value / 255, correctly rounded, for all 256 values") {
  check_scaling<float>();
  check_scaling<double>();
}

TEST_CASE("a gather copies the asked rows in order, with their labels") {
  // Sample i of a byte set is (3i, 3i + 1, 3i + 2); 37 features so that vector code has a rest.
  const Index features = 37;
  std::vector<std::uint8_t> bytes(5 * 37);
  std::iota(bytes.begin(), bytes.end(), std::uint8_t{0});
  Matrix<float> values(features, 5);
  for (Index j = 0; j < 5; ++j) {
    for (Index f = 0; f < features; ++f) values(f, j) = bytes[static_cast<std::size_t>(j * features + f)] * 0.5f;
  }
  const InputShape shape{InputShape::Kind::dense, {features}, 9};
  const std::vector<std::int32_t> labels{8, 7, 6, 5, 4};
  const ByteDataset byte_set(shape, bytes, labels);
  const DenseDataset dense_set(shape, values, labels);
  const std::vector<std::uint32_t> rows{4, 0, 4};
  Batch<float> batch;
  for (const Dataset* dataset : {static_cast<const Dataset*>(&byte_set), static_cast<const Dataset*>(&dense_set)}) {
    dataset->gather(rows, batch);
    REQUIRE(batch.count == 3);
    const float scale = dataset == &byte_set ? 1 / 255.0f : 0.5f;
    for (Index j = 0; j < 3; ++j) {
      const std::uint32_t row = rows[static_cast<std::size_t>(j)];
      CHECK(batch.labels[static_cast<std::size_t>(j)] == labels[row]);
      for (Index f = 0; f < features; ++f) {
        CHECK(batch.dense(f, j) == Approx(scale * static_cast<float>(row * features + f)).epsilon(1e-6));
      }
    }
    CHECK(dataset->size() == 5);
  }
  CHECK(byte_set.memory().count == 5 * 37 + 5 * 4);
  CHECK(dense_set.memory().count == 5 * 37 * 4 + 5 * 4);
}

TEST_CASE("a batch keeps its memory when a later gather is not larger") {
  const ByteDataset dataset = all_bytes();
  Batch<float> batch;
  dataset.gather(std::vector<std::uint32_t>{1, 2, 3, 4}, batch);
  const float* before = batch.dense.data();
  dataset.gather(std::vector<std::uint32_t>{9, 8}, batch);
  CHECK(batch.dense.data() == before);
  CHECK(batch.count == 2);
  CHECK(batch.dense(0, 1) == 8 / 255.0f);
}

TEST_CASE("samples without labels get label 0") {
  const DenseDataset dataset({InputShape::Kind::dense, {1}, 0}, Matrix<float>::Ones(1, 3), {});
  CHECK(dataset.labels().empty());
  CHECK(dataset.size() == 3);
  Batch<float> batch;
  batch.labels.assign(2, 77);
  dataset.gather(std::vector<std::uint32_t>{0, 2}, batch);
  CHECK(batch.labels == std::vector<std::int32_t>{0, 0});
}

}  // namespace
}  // namespace fedtide
