// Wide and deep: Cheng et al., "Wide & Deep Learning for Recommender Systems", DLRS 2016. The deep part concatenates
// the fields' embeddings, as the paper does (a field with several entries gives their sum). One optimizer trains both
// parts, where the paper has FTRL for the wide one; crossed features are for the data set to give as columns.

#include "sim/model/layers/wide_and_deep.h"

#include "sim/model/layers/sparse_embedding.h"
#include "sim/model/network_for_input.h"
#include "sim/model/presets/parts.h"

namespace fedtide {
namespace {

std::unique_ptr<ModelFactory> read(Section& section) {
  const Index dims = section.whole(
      "embedding", Number{32, between(1, 65536), "numbers that stand for a feature in the deep part", "section 4.2"});
  const std::vector<std::int64_t> hidden =
      section.wholes("hidden", {1024, 512, 256},
                     Number{std::nullopt, between(1, 1e6), "widths of the deep part's hidden layers", "figure 4"});
  return std::make_unique<NetworkForInput>(
      [dims, hidden, loss = read_one_output_loss(section)](const InputShape& input) {
        const Index outputs = loss->for_data(input).outputs(input), fields = static_cast<Index>(input.dims.size());
        WideAndDeepSpec both;
        both.wide = {outputs, false, Init::zeros, fields};
        both.deep = {std::make_shared<SparseEmbeddingFactory>(SparseEmbeddingSpec{dims, input.dims, 0.01})};
        for (const std::int64_t units : hidden) {
          both.deep.push_back(std::make_shared<DenseFactory>(DenseSpec{units, true, Init::he, Activation::relu}));
        }
        both.deep.push_back(parts::dense(outputs, Init::glorot));
        NetworkSpec spec;
        spec.layers = {std::make_shared<WideAndDeepFactory>(both)};
        spec.loss = loss;
        return spec;
      });
}

const Registration<ModelEntry> entry{ModelEntry{
    About{"wide_and_deep", "linear part and embeddings with hidden layers, of sparse rows", "Cheng et al. 2016"},
    &read}};

}  // namespace
}  // namespace fedtide
