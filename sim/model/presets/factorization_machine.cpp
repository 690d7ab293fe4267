// Factorization machine of second order: Rendle, "Factorization Machines", ICDM 2010. His regularization is
// `training.weight_decay`.

#include "sim/model/layers/factorization_machine.h"

#include "sim/model/network_for_input.h"

namespace fedtide {
namespace {

std::unique_ptr<ModelFactory> read(Section& section) {
  FactorizationMachineSpec machine;
  machine.factors =
      section.whole("factors", Number{8, between(1, 4096), "numbers of each feature that pairs multiply", ""});
  machine.deviation = section.real(
      "deviation", Number{0.01, non_negative(), "standard deviation of first factors", "Rendle 2012, libFM"});
  return std::make_unique<NetworkForInput>([machine, loss = read_one_output_loss(section)](const InputShape& input) {
    FactorizationMachineSpec own = machine;
    own.fields = static_cast<Index>(input.dims.size());
    NetworkSpec spec;
    spec.layers = {std::make_shared<FactorizationMachineFactory>(own)};
    spec.loss = loss;
    return spec;
  });
}

const Registration<ModelEntry> entry{
    ModelEntry{About{"factorization_machine", "linear and pairwise terms of sparse rows", "Rendle 2010"}, &read}};

}  // namespace
}  // namespace fedtide
