#include "sim/model/layers/matrix_factorization.h"

#include "sim/base/distributions.h"
#include "sim/model/layers/sparse_rows.h"

namespace fedtide {

std::string MatrixFactorizationSpec::mismatch(const Shape& in) const {
  if (in.kind == Shape::Kind::sparse && users > 0 && items > 0 && users + items == in.channels) return "";
  return "takes sparse rows of two fields, a user and an item, got a " + in.text();
}

Shape MatrixFactorizationSpec::output(const Shape& /*in*/) const { return {Shape::Kind::features, 1, 1, 1, 1}; }

template <class T>
struct MatrixFactorization<T>::Space final : LayerSpace {
  TouchedRows<T> item_bias, item_factors, user_bias, user_factors;
  explicit Space(const MatrixFactorizationSpec& spec)
      : item_bias(spec.items, 1),
        item_factors(spec.items, spec.factors),
        user_bias(spec.users, 1),
        user_factors(spec.users, spec.factors) {}
};

template <class T>
MatrixFactorization<T>::MatrixFactorization(const MatrixFactorizationSpec& spec, const Shape& in, Layout& layout,
                                            const std::string& name)
    : spec_(spec), in_(in) {
  mean_ = layout.add(name + ".mean", {1});
  item_bias_ = layout.add(name + ".item_bias", {spec.items});
  item_factors_ = layout.add(name + ".item_factors", {spec.items, spec.factors});
  user_bias_ = layout.add(name + ".user_bias", {spec.users}, Part::personal);
  user_factors_ = layout.add(name + ".user_factors", {spec.users, spec.factors}, Part::personal);
}

template <class T>
void MatrixFactorization<T>::initialize(T* w, Stream& stream) const {
  const auto draw = [&](Index offset, Index rows) {
    for (Index i = offset; i < offset + rows * spec_.factors; ++i) {
      w[i] = static_cast<T>(spec_.deviation * normal(stream)) + T(0);
    }
  };
  draw(item_factors_, spec_.items);
  draw(user_factors_, spec_.users);
}

template <class T>
std::unique_ptr<LayerSpace> MatrixFactorization<T>::make_space(Index /*samples*/) const {
  return std::make_unique<Space>(spec_);
}

template <class T>
typename MatrixFactorization<T>::Cell MatrixFactorization<T>::cell_of(const Pass<T>& pass, Index j) const {
  const Batch<T>& batch = *pass.batch;
  const auto row = static_cast<std::size_t>(pass.begin + j);
  const auto first = static_cast<std::size_t>(batch.rows[row]);
  FEDTIDE_REQUIRE(batch.rows[row + 1] - batch.rows[row] == 2, "a rating of {} entries",
                  batch.rows[row + 1] - batch.rows[row]);
  const Cell cell{batch.columns[first], batch.columns[first + 1] - spec_.users};
  FEDTIDE_REQUIRE(cell.user >= 0 && cell.user < spec_.users && cell.item >= 0 && cell.item < spec_.items,
                  "user {} of {}, item {} of {}", cell.user, spec_.users, cell.item, spec_.items);
  return cell;
}

template <class T>
void MatrixFactorization<T>::forward(const T* w, const T* /*x*/, T* y, LayerSpace* /*space*/,
                                     const Pass<T>& pass) const {
  const Index k = spec_.factors;
  for (Index j = 0; j < pass.count; ++j) {
    const Cell cell = cell_of(pass, j);
    const T* p = w + user_factors_ + cell.user * k;
    const T* q = w + item_factors_ + cell.item * k;
    T product = 0;
    for (Index f = 0; f < k; ++f) product += p[f] * q[f];
    y[j] = w[mean_] + w[user_bias_ + cell.user] + w[item_bias_ + cell.item] + product;
  }
}

template <class T>
void MatrixFactorization<T>::backward(const T* w, const T* /*x*/, const T* /*y*/, T* dy, T* dx, T* target,
                                      LayerSpace* space, const Pass<T>& pass) const {
  FEDTIDE_REQUIRE(dx == nullptr, "sparse rows have no gradient");
  auto& own = static_cast<Space&>(*space);
  const Index k = spec_.factors;
  for (Index j = 0; j < pass.count; ++j) {
    const Cell cell = cell_of(pass, j);
    const T* p = w + user_factors_ + cell.user * k;
    const T* q = w + item_factors_ + cell.item * k;
    *own.user_bias.sum_of(cell.user) += dy[j];
    *own.item_bias.sum_of(cell.item) += dy[j];
    T* dp = own.user_factors.sum_of(cell.user);
    T* dq = own.item_factors.sum_of(cell.item);
    for (Index f = 0; f < k; ++f) {
      dp[f] += dy[j] * q[f];
      dq[f] += dy[j] * p[f];
    }
  }
  own.user_bias.move_to(target + user_bias_);
  own.item_bias.move_to(target + item_bias_);
  own.user_factors.move_to(target + user_factors_);
  own.item_factors.move_to(target + item_factors_);
  add_column_sums(dy, 1, pass.count, target + mean_);
}

template class MatrixFactorization<float>;
template class MatrixFactorization<double>;

}  // namespace fedtide
