// The source `markov_text`: texts of Markov chains, whose entropy rate is the best loss there is; needs no files.

#include <memory>

#include "datasets/synthetic/markov.h"
#include "sim/config/section.h"

namespace fedtide {
namespace {

class MarkovText final : public DataLoader {
 public:
  explicit MarkovText(const MarkovOptions& options) : o_(options) {}
  std::optional<InputShape> shape() const override {
    InputShape shape;
    shape.kind = InputShape::Kind::sequence;
    shape.dims = {o_.steps};
    shape.vocabulary = o_.alphabet;
    shape.classes = static_cast<int>(o_.alphabet);
    shape.label_each_step = true;
    return shape;
  }
  std::optional<std::uint32_t> clients() const override { return o_.clients; }
  DataSource load(std::uint64_t seed) const override { return generate_markov(o_, seed); }

 private:
  MarkovOptions o_;
};

std::unique_ptr<DataLoader> read(Section& section) {
  const auto count = [&](const char* key, double fallback, Bounds bounds, const char* help) {
    return static_cast<std::uint32_t>(section.whole(key, {fallback, bounds, help, ""}));
  };
  MarkovOptions o;
  o.clients = count("clients", 10, between(1, 1e6), "clients, each with a text of its own");
  o.samples = count("samples", 100, between(1, 1e6), "samples of each client for training");
  o.test_samples = count("test_samples", 20, between(0, 1e6), "samples of each client for testing");
  o.steps = count("steps", 20, between(1, 65536), "tokens of a sample");
  o.alphabet = count("alphabet", 8, between(2, 4096), "different tokens");
  o.concentration = section.real(
      "concentration",
      {0.3, above(0), "of the Dirichlet distribution of what follows a token; less is more predictable", ""});
  o.skew =
      section.real("skew", {0, probability(), "weight of a client's own chain against the one that all share", ""});
  return std::make_unique<MarkovText>(o);
}

const Registration<DatasetEntry> entry{
    {{"markov_text", "Markov chains over a small alphabet, of known entropy; needs no files", "Shannon 1948"}, read}};

}  // namespace
}  // namespace fedtide
