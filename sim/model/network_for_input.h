#pragma once
// Networks whose layers depend on the data set: on its kind of input, its fields, its labels.

#include <functional>

#include "sim/model/network.h"

namespace fedtide {

/// On nodes of a graph, what a model says of a node depends on the others: they are evaluated all at once.
class NetworkForInput final : public ModelFactory {
 public:
  /// Any input may be asked for; layers that do not fit it say so.
  using Build = std::function<NetworkSpec(const InputShape& input)>;

  explicit NetworkForInput(Build build) : build_(std::move(build)) {}
  std::string mismatch(const InputShape& input) const override;
  std::unique_ptr<const Model<float>> make_float(const InputShape& input) const override;
  std::unique_ptr<const Model<double>> make_double(const InputShape& input) const override;

 private:
  Build build_;
};

/// The loss that a section names for a model of one output; when it names none: binary_cross_entropy for labels, mse
/// for a number to predict.
std::shared_ptr<const LossFactory> read_one_output_loss(Section& model);

/// A linear function of features, of an image's pixels, or of a sparse row, to as many outputs as the loss asks for.
std::unique_ptr<ModelFactory> linear_network(std::shared_ptr<const LossFactory> loss, Init init, bool bias);

}  // namespace fedtide
