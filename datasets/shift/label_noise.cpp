// Label noise: some labels are wrong.
// Natarajan, Dhillon, Ravikumar, Tewari: Learning with noisy labels. NeurIPS 2013; symmetric noise.
//
// Rule: with probability `rate` a sample's label is one of the other classes, each as likely; with `graded`, client i
// of N, counted from 1, has rate i / N. A sample has the same label each time it is read. Streams (seed, shift, client,
// sample).

#include <memory>

#include "sim/base/distributions.h"
#include "sim/learn/shift.h"

namespace fedtide {
namespace {

class LabelNoise final : public Shift {
 public:
  LabelNoise(double rate, bool graded) : rate_(rate), graded_(graded) {}

  std::string mismatch(const InputShape& shape) const override {
    if (shape.classes == 1) return "needs at least two classes, the data set has one";
    return needs_one_label(shape);
  }
  bool changes_labels() const override { return true; }
  std::int32_t relabel(const ShiftSubject& who, std::int32_t label, int classes) const override {
    Stream stream = who.of_sample();
    const double grade = graded_ ? (who.client + 1.0) / who.clients : 1.0;
    if (uniform(stream) >= rate_ * grade) return label;
    const auto other = static_cast<std::int32_t>(uniform_below(stream, static_cast<std::uint32_t>(classes - 1)));
    return other + (other >= label ? 1 : 0);
  }

 private:
  double rate_;
  bool graded_;
};

std::unique_ptr<Shift> read(Section& section) {
  const double rate = section.real("rate", {std::nullopt, probability(), "share of labels that are wrong", ""});
  const bool graded = section.flag("graded", {false, "client i of N has i / N of the rate; else all of it", ""});
  return std::make_unique<LabelNoise>(rate, graded);
}

const Registration<ShiftEntry> entry{
    {{"label_noise", "wrong labels, any other class as likely", "Natarajan et al. 2013, symmetric noise"}, read}};

}  // namespace
}  // namespace fedtide
