#include <limits>

#include "sim/model/kernels/dispatch.h"
#include "sim/model/kernels/gates.h"
#include "sim/model/layers/gate_weights.h"
#include "tests/catch.h"
#include "tests/model/samples.h"

using namespace fedtide;
using namespace fedtide::kernels;

namespace {

bool can_run() {
  if (use_avx2()) return true;
  WARN("NOT TESTED: this processor has no AVX2, or it is switched off");
  return false;
}

template <class T>
Panels<T> random_panels(Index panels, Index columns, std::uint64_t seed) {
  Panels<T> out(panels, columns);
  const Vector<T> values = random_weights<T>(panels * kPanel * columns, seed, 1);
  for (Index p = 0; p < panels; ++p) {
    std::copy_n(values.data() + p * kPanel * columns, kPanel * columns, out.view().from_panel(p).data);
  }
  return out;
}

template <class T>
Matrix<T> dense(PanelView<const T> view, Index panels, Index columns) {
  Matrix<T> out(panels * kPanel, columns);
  from_panels(view, panels * kPanel, columns, out.data());
  return out;
}

double distance(const Matrix<float>& a, const Matrix<float>& b) { return (a - b).cast<double>().norm(); }

}  // namespace

TEST_CASE("columns go to panels and back, and the rest of the last panel is zero") {
  for (const Index rows : {1, 8, 16, 17, 40}) {
    const Vector<float> x = random_weights<float>(rows * 5, 1);
    Panels<float> panels = random_panels<float>(panels_of(rows), 7, 2);
    to_panels(x.data(), rows, 5, panels.view());
    Vector<float> back(rows * 5);
    from_panels<float>(panels.view(), rows, 5, back.data());
    CHECK(same_bits(x, back));
    const Matrix<float> all = dense<float>(panels.view(), panels_of(rows), 5);
    CHECK(all.bottomRows(all.rows() - rows).isZero(0));
  }
}

TEMPLATE_TEST_CASE("products of packed gates are products of matrices", "", float, double) {
  using T = TestType;
  using RowMajor = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const double tolerance = sizeof(T) == 4 ? 2e-6 : 1e-14;
  for (const Index units : {1, 15, 16, 33}) {
    for (const Index inputs : {1, 16, 23, 300}) {
      for (const Index columns : {1, 2, 5, 6, 7, 13, 200}) {
        CAPTURE(units, inputs, columns);
        const std::vector<Index> order = {2, 0, 1};
        GateWeights<T> weights(order, units, inputs);
        const Vector<T> w = random_weights<T>(weights.size(), 1);
        const Matrix<T> x = random_weights<T>(inputs * columns, 2).reshaped(inputs, columns);
        const Matrix<T> dz = random_weights<T>(3 * units * columns, 3).reshaped(3 * units, columns);
        weights.pack(w.data());
        weights.pack_transposed(w.data());
        const Index up = panels_of(units), ip = panels_of(inputs);
        Panels<T> px(ip, columns), pz(3 * up, columns), pdx(ip, columns);
        to_panels(x.data(), inputs, columns, px.view());
        const Vector<T> zeros = Vector<T>::Zero(3 * up * kPanel + ip * kPanel);
        weights.multiply(px.view(), columns, zeros.data(), pz.view(), 0, 3);
        const Matrix<T> exact = Eigen::Map<const RowMajor>(w.data(), 3 * units, inputs) * x;
        Matrix<T> z(units, columns);
        for (Index place = 0; place < 3; ++place) {
          const auto gate = order[static_cast<std::size_t>(place)];
          from_panels<T>(pz.view().from_panel(place * up), units, columns, z.data());
          CHECK((z - exact.middleRows(gate * units, units)).norm() <= tolerance * exact.norm());
          to_panels(Matrix<T>(dz.middleRows(gate * units, units)).data(), units, columns,
                    pz.view().from_panel(place * up));
        }
        weights.multiply_transposed(pz.view(), columns, zeros.data(), pdx.view());
        Matrix<T> dx(inputs, columns);
        from_panels<T>(pdx.view(), inputs, columns, dx.data());
        const Matrix<T> exact_dx = Eigen::Map<const RowMajor>(w.data(), 3 * units, inputs).transpose() * dz;
        CHECK((dx - exact_dx).norm() <= tolerance * (exact_dx.norm() + dz.norm()));
        Vector<T> target = w, bias = Vector<T>::Zero(3 * units);
        weights.add_gradient(pz.view(), px.view(), columns, target.data());
        const RowMajor exact_dw = Eigen::Map<const RowMajor>(w.data(), 3 * units, inputs) + dz * x.transpose();
        CHECK((target - exact_dw.template reshaped<Eigen::RowMajor>()).norm() <= tolerance * exact_dw.norm());
        add_bias_gradient<T>(pz.view(), order, units, columns, bias.data());
        CHECK((bias - dz.rowwise().sum()).norm() <= tolerance * dz.norm() * std::sqrt(static_cast<double>(columns)));
      }
    }
  }
}

TEST_CASE("the fast product of panels is the portable one") {
  if (!can_run()) return;
  for (const Index rows : {1, 2, 5}) {
    for (const Index depth : {1, 3, 16, 17, 40}) {
      for (const Index columns : {1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 13, 64, 192, 193, 400}) {
        for (const bool from_start : {true, false}) {
          CAPTURE(rows, depth, columns, from_start);
          const Vector<float> a = random_weights<float>(rows * depth * kPanel * kPanel, 1, 1);
          const Vector<float> start = random_weights<float>(rows * kPanel, 2, 1);
          Panels<float> b = random_panels<float>(depth, columns + 3, 3), c = random_panels<float>(rows, columns + 2, 4);
          Panels<float> c2 = c, c3 = c;
          PanelProduct<float> p{a.data(),         rows,   depth, b.from_column(2), from_start ? start.data() : nullptr,
                                c.from_column(1), columns};
          avx2::multiply(p);
          p.c = c2.from_column(1);
          multiply_portable(p);
          const Matrix<float> fast = dense<float>(c.view(), rows, columns + 2);
          const Matrix<float> plain = dense<float>(c2.view(), rows, columns + 2);
          CHECK(distance(fast, plain) <= 2e-6 * plain.norm() * std::sqrt(depth));
          CHECK(fast.col(0) == plain.col(0));  // around what was asked for nothing is touched
          CHECK(fast.col(columns + 1) == plain.col(columns + 1));
          // One column at a time: the same bits.
          p.columns = 1;
          for (Index j = 0; j < columns; ++j) {
            p.b = b.from_column(2 + j);
            p.c = c3.from_column(1 + j);
            avx2::multiply(p);
          }
          CHECK(dense<float>(c3.view(), rows, columns + 2) == fast);
        }
      }
    }
  }
}

TEST_CASE("the fast product over columns is the portable one") {
  if (!can_run()) return;
  for (const Index a_panels : {1, 3}) {
    for (const Index b_panels : {1, 4}) {
      for (const Index columns : {0, 1, 2, 7, 256, 257, 1000}) {
        CAPTURE(a_panels, b_panels, columns);
        Panels<float> a = random_panels<float>(a_panels, columns + 1, 1),
                      b = random_panels<float>(b_panels, columns + 1, 2);
        Matrix<float> c = Matrix<float>::Ones(a_panels * kPanel, b_panels * kPanel), c2 = c;
        PanelOuter<float> o{a.from_column(1), a_panels, b.view(), b_panels, columns, c.data()};
        avx2::multiply(o);
        o.c = c2.data();
        multiply_portable(o);
        CHECK(distance(c, c2) <= 2e-6 * c2.norm());
        if (columns == 0) CHECK(c.isZero(0));
      }
    }
  }
}

TEST_CASE("fast sigmoid and tanh are right to a few units in the last place") {
  if (!can_run()) return;
  const Index n = 1 << 20;
  Vector<float> x(n), s(n), t(n);
  for (Index i = 0; i < n; ++i) {
    // Dense where both change, and down to tiny numbers.
    const double u = static_cast<double>(i) / static_cast<double>(n);
    x[i] = static_cast<float>(i % 2 == 0 ? 40 * u - 20 : std::pow(10.0, 3 * u - 2) * (i % 4 == 1 ? 1 : -1) / 12);
  }
  avx2::sigmoid(x.data(), n, s.data());
  avx2::tanh(x.data(), n, t.data());
  double worst_s = 0, worst_t = 0;
  for (Index i = 0; i < n; ++i) {
    const double exact_s = 1 / (1 + std::exp(-static_cast<double>(x[i]))),
                 exact_t = std::tanh(static_cast<double>(x[i]));
    worst_s = std::max(worst_s, std::abs(static_cast<double>(s[i]) / exact_s - 1));
    if (x[i] != 0) worst_t = std::max(worst_t, std::abs(static_cast<double>(t[i]) / exact_t - 1));
  }
  CAPTURE(worst_s, worst_t);
  CHECK(worst_s < 4e-7);  // a unit in the last place is up to 1.2e-7
  CHECK(worst_t < 4e-7);
}

TEST_CASE("fast sigmoid and tanh end where they should, and keep what is not a number") {
  if (!can_run()) return;
  const float infinity = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  Vector<float> x(8), s(8), t(8);
  x << 0.0f, -0.0f, 1000.0f, -1000.0f, infinity, -infinity, nan, 1e-30f;
  avx2::sigmoid(x.data(), 8, s.data());
  avx2::tanh(x.data(), 8, t.data());
  CHECK(s[0] == 0.5f);
  CHECK(s[2] == 1.0f);
  CHECK(s[4] == 1.0f);
  CHECK((s[3] >= 0 && s[3] < 1e-37f));
  CHECK((s[5] >= 0 && s[5] < 1e-37f));
  CHECK(std::isnan(s[6]));
  CHECK(t[0] == 0.0f);
  CHECK(t[2] == 1.0f);
  CHECK(t[3] == -1.0f);
  CHECK(t[4] == 1.0f);
  CHECK(t[5] == -1.0f);
  CHECK(std::isnan(t[6]));
  CHECK(t[7] == 1e-30f);
}

TEST_CASE("fast steps of recurrent units are the portable ones") {
  if (!can_run()) return;
  for (const Index units : {1, 3}) {
    for (const Index columns : {1, 2, 5, 11}) {
      for (const bool first : {true, false}) {
        for (const bool peephole : {true, false}) {
          CAPTURE(units, columns, first, peephole);
          const Vector<float> peepholes = random_weights<float>(3 * units * kPanel, 9);
          const auto run = [&](bool fast, bool gru) {
            Panels<float> gates = random_panels<float>(4 * units, columns, 1),
                          before = random_panels<float>(units, columns, 2);
            Panels<float> cell(units, columns), tanh_cell(units, columns), hidden(units, columns);
            Panels<float> d_hidden = random_panels<float>(units, columns, 3),
                          d_cell = random_panels<float>(units, columns, 4);
            if (gru) {
              GruStep<float> s{units,         columns,         gates.view(), before.view(),
                               hidden.view(), d_hidden.view(), d_cell.view()};
              if (first) s.before = {}, s.d_before = {};
              fast ? avx2::gru_forward(s) : gru_forward_portable(s);
              fast ? avx2::gru_backward(s) : gru_backward_portable(s);
            } else {
              LstmStep<float> s;
              s.unit_panels = units;
              s.columns = columns;
              s.gates = gates.view();
              if (!first) s.before = before.view();
              s.cell = cell.view();
              s.tanh_cell = tanh_cell.view();
              s.hidden = hidden.view();
              s.d_hidden = d_hidden.view();
              s.d_cell = d_cell.view();
              if (peephole) s.peephole = peepholes.data();
              fast ? avx2::lstm_forward(s) : lstm_forward_portable(s);
              fast ? avx2::lstm_backward(s) : lstm_backward_portable(s);
            }
            Matrix<float> all(16 * units * 8, columns);
            all << dense<float>(gates.view(), 4 * units, columns), dense<float>(cell.view(), units, columns),
                dense<float>(tanh_cell.view(), units, columns), dense<float>(hidden.view(), units, columns),
                dense<float>(d_cell.view(), units, columns);
            return all;
          };
          for (const bool gru : {true, false}) {
            const Matrix<float> plain = run(false, gru);
            CHECK(distance(run(true, gru), plain) <= 1e-6 * plain.norm());
          }
        }
      }
    }
  }
}
