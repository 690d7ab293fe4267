#pragma once
// What changes the samples that a client holds, after any partition: noise, other labels, other conditions.

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "sim/base/random.h"
#include "sim/config/section.h"
#include "sim/model/batch.h"

namespace fedtide {

/// Whose sample it is.
struct ShiftSubject {
  std::uint64_t seed = 0;
  std::uint32_t place = 0;    ///< of the shift in data.shift, from 0
  std::uint32_t client = 0;   ///< as the partition numbers it
  std::uint32_t clients = 1;  ///< of the partition
  std::uint32_t row = 0;      ///< of the data set
  std::uint32_t part = 0;     ///< 0: a row of the training set, 1: of the test set

  /// Draws for this sample at this client: the same each time.
  Stream of_sample() const { return Stream(seed, Purpose::shift, client, row).keyed(4 * std::uint64_t{place} + part); }
  /// Draws for `who`, a client or a group of them.
  Stream of(std::uint32_t who, std::uint32_t turn = 0) const {
    return Stream(seed, Purpose::shift, who, turn).keyed(4 * std::uint64_t{place} + 2);
  }
};

/// One change. Const and without memory of its own: threads share it.
class Shift {
 public:
  virtual ~Shift() = default;

  /// Why it cannot change such samples ("needs labels, ..."); empty when it can.
  virtual std::string mismatch(const InputShape& shape) const = 0;

  virtual bool changes_labels() const { return false; }
  /// The label that the client sees; 0 <= label < classes.
  virtual std::int32_t relabel(const ShiftSubject&, std::int32_t label, int /*classes*/) const { return label; }

  virtual bool changes_features() const { return false; }
  /// Changes a sample's dense features in place. Does not allocate.
  virtual void change(const ShiftSubject&, std::span<float>) const {}
  virtual void change(const ShiftSubject&, std::span<double>) const {}
};
struct ShiftEntry {
  About about;
  std::unique_ptr<Shift> (*read)(Section& section);  ///< reads its keys from an item of `data.shift:`
};

/// "needs dense features, the data set has tokens"; empty for dense ones.
std::string needs_dense_features(const InputShape& shape);
/// "needs one label a sample, ..."; empty where there is one.
std::string needs_one_label(const InputShape& shape);

/// A shift of features by one rule for all scalars: Rule has `template <class T> void apply(const ShiftSubject&,
/// std::span<T>) const`.
template <class Rule>
class FeatureShift : public Shift {
 public:
  std::string mismatch(const InputShape& shape) const override { return needs_dense_features(shape); }
  bool changes_features() const override { return true; }
  void change(const ShiftSubject& who, std::span<float> x) const override { rule().apply(who, x); }
  void change(const ShiftSubject& who, std::span<double> x) const override { rule().apply(who, x); }

 private:
  const Rule& rule() const { return static_cast<const Rule&>(*this); }
};

}  // namespace fedtide
