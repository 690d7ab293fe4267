// Matrix factorization with biases: Koren, Bell and Volinsky, "Matrix Factorization Techniques for Recommender
// Systems", 2009. The mean is a weight like the others; their regularization is `training.weight_decay`.

#include "sim/model/layers/matrix_factorization.h"

#include "sim/model/network_for_input.h"

namespace fedtide {
namespace {

std::unique_ptr<ModelFactory> read(Section& section) {
  MatrixFactorizationSpec ratings;
  ratings.factors = section.whole("factors", Number{8, between(1, 4096), "numbers of each user and item", ""});
  ratings.deviation = section.real("deviation", Number{0.1, non_negative(), "standard deviation of first factors", ""});
  return std::make_unique<NetworkForInput>([ratings, loss = read_one_output_loss(section)](const InputShape& input) {
    MatrixFactorizationSpec own = ratings;
    if (input.dims.size() == 2) {
      own.users = input.dims[0];
      own.items = input.dims[1];
    }
    NetworkSpec spec;
    spec.layers = {std::make_shared<MatrixFactorizationFactory>(own)};
    spec.loss = loss;
    return spec;
  });
}

const Registration<ModelEntry> entry{
    ModelEntry{About{"matrix_factorization", "ratings as biases and products of factors", "Koren et al. 2009"}, &read}};

}  // namespace
}  // namespace fedtide
