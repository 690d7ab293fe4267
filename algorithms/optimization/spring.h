#pragma once
// The proximal term (mu / 2) ||w - w_t||^2 of a local objective, as a hook: a spring to the model that was sent.

#include "sim/federation/algorithm.h"

namespace fedtide {

/// Adds mu (w - w_t) to each gradient.
template <class T>
class Spring final : public StepHook<T> {
 public:
  Spring(T mu, const Vector<T>& w_t) : mu_(mu), w_t_(w_t) {}
  void add(const Vector<T>& w, T eta, std::int64_t, Vector<T>& step) override { step -= (eta * mu_) * (w - w_t_); }

 private:
  T mu_;
  const Vector<T>& w_t_;
};

/// The same and a constant part: adds mu (w - w_t) + c.
template <class T>
class LoadedSpring final : public StepHook<T> {
 public:
  LoadedSpring(T mu, const Vector<T>& w_t, const Vector<T>& c) : mu_(mu), w_t_(w_t), c_(c) {}
  void add(const Vector<T>& w, T eta, std::int64_t, Vector<T>& step) override { step -= eta * (mu_ * (w - w_t_) + c_); }

 private:
  T mu_;
  const Vector<T>& w_t_;
  const Vector<T>& c_;
};

}  // namespace fedtide
