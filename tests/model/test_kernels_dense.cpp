#include "sim/model/kernels/dense.h"

#include "tests/catch.h"
#include "tests/model/samples.h"

using namespace fedtide;
using kernels::DenseKernels;

namespace {

const DenseKernels* kernel_or_warning() {
  const DenseKernels* kernel = kernels::dense_kernels();
  if (kernel == nullptr) WARN("this processor has no dense kernels, or they were not wanted: nothing to test");
  return kernel;
}

/// A share of the numbers is 0.
Vector<float> sparse(Index size, double zeros, std::uint64_t seed) {
  Vector<float> x = random_weights<float>(size, seed, 1.0);
  Stream stream(seed, Purpose::dataset);
  for (Index i = 0; i < size; ++i) {
    if (uniform(stream) < zeros) x[i] = 0;
  }
  return x;
}

Eigen::Map<const Matrix<float>> columns(const Vector<float>& all, Index rows) {
  return {all.data(), rows, all.size() / rows};
}

double difference(const Vector<float>& got, const Matrix<double>& expected) {
  const Eigen::Map<const Vector<double>> flat(expected.data(), expected.size());
  return (got.cast<double>() - flat).norm() / (1 + flat.norm());
}

}  // namespace

TEST_CASE("dense kernels give what products in double give") {
  const DenseKernels* kernel = kernel_or_warning();
  if (kernel == nullptr) return;
  for (const Index n : {1, 2, 3, 5, 7, 10, 13, 32, 63, 64}) {
    for (const Index in : {1, 7, 8, 63, 64, 65, 200, 257}) {
      for (const Index out : {1, 5, 8, 10, 16, 33, 104, 120, 200, 256, 300}) {
        for (const double zeros : {0.0, 0.5, 1.0}) {
          CAPTURE(n, in, out, zeros);
          const Vector<float> x = sparse(in * n, zeros, 1), w = random_weights<float>(in * out, 2, 1.0);
          const Vector<float> d = sparse(out * n, 0.3, 3), z0 = random_weights<float>(out * n, 4, 1.0);
          const Matrix<double> xd = columns(x, in).cast<double>(), dd = columns(d, out).cast<double>();
          const Matrix<double> wd = columns(w, out).cast<double>();  // [in, out] in memory: columns are rows
          const Matrix<double> z0d = columns(z0, out).cast<double>();

          kernels::NonzeroMemory memory(in, n);
          const kernels::Nonzeros found = memory.view(n);
          kernel->find(x.data(), found);
          Vector<float> z = z0;
          kernel->forward(w.data(), out, x.data(), found, z.data());
          REQUIRE(difference(z, z0d + wd * xd) < 1e-6);

          Vector<float> dx(in * n), target = w;
          kernel->backward(w.data(), out, x.data(), found, d.data(), dx.data(), target.data());
          REQUIRE(difference(dx, wd.transpose() * dd) < 1e-6);
          REQUIRE(difference(target, wd + dd * xd.transpose()) < 1e-6);
          // The weights themselves may be the target, with the same bits.
          Vector<float> in_place = w, dx2(in * n);
          kernel->backward(in_place.data(), out, x.data(), found, d.data(), dx2.data(), in_place.data());
          REQUIRE(same_bits(in_place, target));
          REQUIRE(same_bits(dx2, dx));

          Vector<float> dots(n * out);
          kernel->dots(w.data(), in, out, d.data(), n, out, out, dx2.data(), in);
          REQUIRE(difference(dx2, wd.transpose() * dd) < 1e-6);
          Vector<float> sums = z0;
          kernel->combine(n, in, x.data(), in, 1, w.data(), out, sums.data(), out, out, false);
          REQUIRE(difference(sums, z0d + wd * xd) < 1e-6);
          kernel->combine(n, in, x.data(), in, 1, w.data(), out, sums.data(), out, out, true);
          REQUIRE(difference(sums, wd * xd) < 1e-6);
        }
      }
    }
  }
}

TEST_CASE("the list of what is not 0 holds it in order, and what is not a number") {
  const DenseKernels* kernel = kernel_or_warning();
  if (kernel == nullptr) return;
  Vector<float> x = Vector<float>::Zero(70);
  x[3] = 1;
  x[4] = -0.0F;
  x[9] = std::numeric_limits<float>::quiet_NaN();
  x[63] = -2;
  x[69] = std::numeric_limits<float>::denorm_min();
  kernels::NonzeroMemory memory(70, 1);
  const kernels::Nonzeros found = memory.view(1);
  kernel->find(x.data(), found);
  REQUIRE(found.count[0] == 3);
  CHECK(found.index[0] == 3);
  CHECK(found.index[1] == 9);
  CHECK(found.index[2] == 63);
  REQUIRE(found.count[1] == 1);
  CHECK(found.index[64] == 5);
}

TEST_CASE("a sample's outputs do not depend on who else is in the batch") {
  const DenseKernels* kernel = kernel_or_warning();
  if (kernel == nullptr) return;
  const Index in = 200, out = 70, n = 11;
  const Vector<float> x = sparse(in * n, 0.5, 1), w = random_weights<float>(in * out, 2, 1.0);
  kernels::NonzeroMemory memory(in, n);
  Vector<float> all = Vector<float>::Zero(out * n);
  kernel->find(x.data(), memory.view(n));
  kernel->forward(w.data(), out, x.data(), memory.view(n), all.data());
  for (Index j = 0; j < n; ++j) {
    Vector<float> one = Vector<float>::Zero(out);
    kernel->find(x.data() + j * in, memory.view(1));
    kernel->forward(w.data(), out, x.data() + j * in, memory.view(1), one.data());
    CHECK(same_bits<float>(one, all.segment(j * out, out)));
  }
}
