#include "sim/config/yaml.h"
#include "sim/config/yaml_section.h"
#include "tests/catch.h"
#include "tests/model/networks.h"

using namespace fedtide;

namespace {

std::unique_ptr<ModelFactory> preset(const std::string& name, const std::string& text = "") {
  Problems problems;
  const Node root = load_yaml_text(text, "exp.yaml");
  return read_config(root, problems, [&](Section& s) { return Registry<ModelEntry>::instance().at(name).read(s); });
}

Index weights(const std::string& name, const InputShape& input) {
  return preset(name)->make_float(input)->layout().size();
}

/// The slope along random directions, against central differences: a preset has too many weights to move each.
double slope_error_along(const Model<double>& model, const Batch<double>& batch, int directions) {
  const auto workspace = model.make_workspace(batch.count);
  const Vector<double> at = model.initial_weights(Stream(3, Purpose::model_init));
  Vector<double> g(model.size()), unused(model.size()), w(model.size());
  model.gradient(at.data(), batch, 1.0, *workspace, g.data());
  for (const WeightRange& range : model.layout().statistics()) g.segment(range.offset, range.size()).setZero();
  double worst = 0;
  for (int k = 0; k < directions; ++k) {
    // Along the gradient itself first, then through random places.
    Vector<double> way = k == 0 ? g : random_weights<double>(model.size(), static_cast<std::uint64_t>(k));
    for (const WeightRange& range : model.layout().statistics()) way.segment(range.offset, range.size()).setZero();
    way /= way.norm();
    const double h = 1e-6;
    w = at + h * way;
    const double up = model.gradient(w.data(), batch, 1.0, *workspace, unused.data()).loss_sum;
    w = at - h * way;
    const double down = model.gradient(w.data(), batch, 1.0, *workspace, unused.data()).loss_sum;
    worst = std::max(worst, std::abs((up - down) / (2 * h) - g.dot(way)) / g.norm());
  }
  return worst;
}

}  // namespace

TEST_CASE("presets have their papers' numbers of weights") {
  CHECK(weights("cnn_mcmahan", image_input(1, 28, 28, 10)) == 1663370);
  CHECK(weights("lenet5", image_input(1, 28, 28, 10)) == 61706);
}

TEST_CASE("presets' gradients are the slopes of their losses") {
  for (const char* name : {"cnn_mcmahan", "lenet5"}) {
    CAPTURE(name);
    const auto model = preset(name)->make_double(image_input(1, 28, 28, 10));
    CHECK(slope_error_along(*model, random_batch<double>(784, 10, 2, 4), 4) < 1e-6);
  }
}
