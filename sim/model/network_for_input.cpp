#include "sim/model/network_for_input.h"

#include "sim/model/layers/flatten.h"
#include "sim/model/layers/sparse_dense.h"
#include "sim/model/losses/binary_cross_entropy.h"
#include "sim/model/losses/read.h"

namespace fedtide {
namespace {

template <class T>
class GraphNetwork final : public Network<T> {
 public:
  using Network<T>::Network;
  bool couples_losses() const override { return true; }
};

template <class T>
std::unique_ptr<const Model<T>> make(const NetworkSpec& spec, const InputShape& input) {
  if (input.kind == InputShape::Kind::graph) return std::make_unique<GraphNetwork<T>>(spec, input);
  return std::make_unique<Network<T>>(spec, input);
}

class OneOutputLoss final : public LossFactory {
 public:
  const LossFactory& for_data(const InputShape& input) const override {
    if (input.classes > 0) return binary_;
    return default_loss()->for_data(input);
  }
  Index outputs(const InputShape& /*input*/) const override { return 1; }
  std::string mismatch(const Shape& outputs, const InputShape& input) const override {
    return for_data(input).mismatch(outputs, input);
  }
  std::unique_ptr<const Loss<float>> make_float(const Shape& outputs) const override {
    return binary_.make_float(outputs);
  }
  std::unique_ptr<const Loss<double>> make_double(const Shape& outputs) const override {
    return binary_.make_double(outputs);
  }

 private:
  BinaryCrossEntropyFactory binary_;
};

}  // namespace

std::string NetworkForInput::mismatch(const InputShape& input) const {
  return NetworkFactory(build_(input)).mismatch(input);
}

std::unique_ptr<const Model<float>> NetworkForInput::make_float(const InputShape& input) const {
  return make<float>(build_(input), input);
}

std::unique_ptr<const Model<double>> NetworkForInput::make_double(const InputShape& input) const {
  return make<double>(build_(input), input);
}

std::shared_ptr<const LossFactory> read_one_output_loss(Section& model) {
  const std::shared_ptr<const LossFactory> loss = read_loss(model);
  if (loss != default_loss()) return loss;
  return std::make_shared<OneOutputLoss>();
}

std::unique_ptr<ModelFactory> linear_network(std::shared_ptr<const LossFactory> loss, Init init, bool bias) {
  return std::make_unique<NetworkForInput>([loss = std::move(loss), init, bias](const InputShape& input) {
    NetworkSpec spec;
    spec.loss = loss;
    if (input.kind == InputShape::Kind::sparse) {
      const Index outputs = loss->for_data(input).outputs(input), fields = static_cast<Index>(input.dims.size());
      spec.layers = {std::make_shared<SparseDenseFactory>(SparseDenseSpec{outputs, bias, init, fields})};
    } else {
      spec.layers = {std::make_shared<FlattenFactory>()};
      spec.head = init;
      spec.head_bias = bias;
    }
    return spec;
  });
}

}  // namespace fedtide
