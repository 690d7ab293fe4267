#include "sim/learn/metrics/metric.h"

#include <cmath>

#include "sim/base/error.h"

namespace fedtide {

const std::vector<Metric>& metrics() {
  static const std::vector<Metric> all = [] {
    std::vector<Metric> list;
    for (const auto& kind : {ranking_metrics(), confusion_metrics(), auc_metrics(), likelihood_metrics(),
                             concordance_metrics(), residual_metrics()}) {
      list.insert(list.end(), kind.begin(), kind.end());
    }
    return list;
  }();
  return all;
}

const Metric& metric(std::string_view name) {
  for (const Metric& each : metrics()) {
    if (each.about.name == name) return each;
  }
  FEDTIDE_REQUIRE(false, "no metric is called {}", name);
}

Index predicted_class(const float* outputs, Index channels) {
  if (channels == 1) return std::isnan(outputs[0]) ? -1 : outputs[0] > 0 ? 1 : 0;
  Index best = 0;
  for (Index c = 0; c < channels; ++c) {
    if (std::isnan(outputs[c])) return -1;
    if (outputs[c] > outputs[best]) best = c;
  }
  return best;
}

std::string needs_labels(const InputShape& data) {
  if (data.classes >= 2) return "";
  return data.targets > 0 ? "needs labels, the data set has numbers to predict" : "needs labels, the data set has none";
}

Score evaluate_rows(const Model<float>& model, const Dataset& dataset, std::span<const std::uint32_t> rows,
                    const Vector<float>& w, SolverMemory<float>& memory,
                    const std::vector<std::unique_ptr<Tally>>& tallies) {
  FEDTIDE_REQUIRE(w.size() == model.size(), "{} weights for a model of {}", w.size(), model.size());
  const auto block = static_cast<std::size_t>(evaluation_block(model, static_cast<Index>(rows.size())));
  memory.prepare(model, static_cast<Index>(block));
  memory.batch.noise.reset();
  const Index each = model.labels_per_sample(), outputs = model.outputs();
  if (memory.outputs.size() < outputs * static_cast<Index>(block)) {
    memory.outputs.resize(outputs * static_cast<Index>(block));
  }
  Score total;
  for (std::size_t begin = 0; begin < rows.size(); begin += block) {
    const std::size_t count = std::min(block, rows.size() - begin);
    Batch<float>& batch = memory.batch;
    dataset.gather(rows.subspan(begin, count), batch);
    Predictions p;
    p.score = model.predict(w.data(), batch, memory.workspace(), memory.outputs.data());
    p.channels = outputs / each;
    p.outputs = {memory.outputs.data(), count * static_cast<std::size_t>(outputs)};
    p.labels = {batch.labels.data(), count * static_cast<std::size_t>(each)};
    p.targets_each = dataset.shape().targets;
    p.targets = {batch.targets.data(), count * static_cast<std::size_t>(p.targets_each)};
    for (const auto& tally : tallies) tally->add(p);
    total += p.score;
  }
  return total;
}

}  // namespace fedtide
