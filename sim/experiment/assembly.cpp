#include "sim/experiment/assembly.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "sim/base/error.h"
#include "sim/experiment/data.h"
#include "sim/experiment/machine.h"
#include "sim/federation/synchronous.h"
#include "sim/fleet/ideal.h"

namespace fedtide {
namespace {

/// All shards as those of one client, in the order of the clients. The rows stay where they are.
Shards pool(Shards shards) {
  shards.begin = {0, shards.rows.size()};
  shards.names.clear();
  return shards;
}

std::vector<std::uint32_t> pool(const std::vector<std::uint32_t>& sizes) {
  const std::uint64_t sum = std::accumulate(sizes.begin(), sizes.end(), std::uint64_t{0});
  if (sum > std::numeric_limits<std::uint32_t>::max()) {
    throw Failure(
        ExitCode::usage,
        fmt::format("the pooled data have {} samples; at most 4294967295 can be trained on in one place", sum));
  }
  return {static_cast<std::uint32_t>(sum)};
}

std::unique_ptr<Learning> make_learning(ExperimentConfig& config, ClientsData& data,
                                        std::unique_ptr<const Model<float>> model, const SolverSpec& solver,
                                        const CohortSampling& sampling) {
  auto learning = std::make_unique<Learning>();
  const Index d = model->size();
  learning->seed = config.seed;
  learning->model = std::move(model);
  learning->train = data.train.dataset;
  learning->train_shards = std::move(data.train.shards);
  learning->test = data.test;
  if (data.test) {
    learning->test_rows.resize(data.test->size());
    std::iota(learning->test_rows.begin(), learning->test_rows.end(), 0u);
  }
  learning->local = data.held_out.dataset;
  learning->local_shards = std::move(data.held_out.shards);
  learning->unseen = data.unseen.dataset;
  learning->unseen_rows = std::move(data.unseen.shards.rows);
  learning->metrics = config.metrics;
  learning->solver = solver;
  learning->traits = config.algorithm->traits();
  learning->algorithm = config.algorithm->make_float(
      {.d = d,
       .population = learning->train_shards.population(),
       .statistics = statistic_stretches(learning->model->layout()),
       .kept = config.algorithm->kept(learning->model->layout()),
       .initial = [&model = *learning->model, seed = config.seed](std::uint32_t j) -> Vector<double> {
         return model.initial_weights(Stream(seed, Purpose::model_init, j)).cast<double>();
       }});
  learning->aggregator = std::make_unique<WeightedMean<float>>(d);
  learning->privacy = std::make_unique<NoPrivacy>();
  learning->compression = config.compression;
  learning->sampling = sampling;
  return learning;
}

/// Data, versions, results on their way, held state, the population. In double: a product of wishes may not fit an
/// integer.
double estimate_memory(const Assembly& a, const Bytes& data, const Traits& traits, double states, double models,
                       bool timing_only) {
  const LedgerLimits limits;
  const auto clients = static_cast<double>(a.train_samples.size());
  const double population = 64 * clients;
  if (timing_only) return static_cast<double>(data.count) + population;
  const double vector = 4.0 * static_cast<double>(a.layout.size());
  const double results = static_cast<double>(limits.window) * vector * static_cast<double>(1 + traits.extra_per_weight);
  const double versions = (4 + models) * vector + 4 * vector * static_cast<double>(traits.broadcast_per_weight);
  const double server = (2 + traits.server_per_weight) * vector;  // the aggregate is in double
  return static_cast<double>(data.count) + results + versions + server + states * vector + population;
}

/// How many vectors clients can come to keep: as many as there are reports, where the number of rounds is known, each
/// of the method and of the codec.
double states_of_clients(const ExperimentConfig& config, const Traits& traits, double clients) {
  const double each = (traits.stateful ? 1 : 0) + (config.compression.remembers() ? 1 : 0);
  if (!config.stop.rounds) return each * clients;
  return each * std::min(clients, static_cast<double>(*config.stop.rounds) * config.protocol->cohort());
}

void require_memory(const Assembly& a, double states, double models) {
  const double machine = machine_memory();
  if (a.memory <= machine) return;
  throw Failure(
      ExitCode::usage,
      fmt::format("the run needs about {:.1f} GB of memory and this machine has {:.1f} GB: the model has {} weights, "
                  "{} results of training and {:.0f} models of the protocol's may be held at one time, and clients "
                  "may come to hold state of {:.0f} models",
                  a.memory / 1e9, machine / 1e9, a.layout.size(), LedgerLimits{}.window, models, states));
}

void require_evaluable(const ExperimentConfig& config, const Assembly& a, const ClientsData& data) {
  if (config.stop.accuracy && !(data.test && data.test->shape().classes > 0)) {
    throw Failure(ExitCode::usage,
                  fmt::format("stop.accuracy: the data set {} has no labeled test samples, so the accuracy is never "
                              "known; stop by rounds, time or bytes",
                              config.data.dataset));
  }
  if (!config.metrics.empty() && !data.test) {
    throw Failure(ExitCode::usage,
                  fmt::format("evaluate.metrics: the data set {} has no test samples to evaluate on; remove {}",
                              config.data.dataset, config.metrics.front()->about.name));
  }
  if (config.evaluation.per_client == 0 || config.timing_only || !a.evaluable.empty()) return;
  throw Failure(
      ExitCode::usage,
      fmt::format("evaluate.per_client: no client has samples of its own to evaluate on; set data.split.{} to the "
                  "share that each client of {} keeps for that, for example 0.2",
                  config.evaluation_on == HeldOut::test ? "test" : "validation", config.data.dataset));
}

/// Where a method has no model that is everybody's, only the clients' own are evaluated.
void drop_global_evaluation(const ExperimentConfig& config, ClientsData& data) {
  const auto refuse = [&](const char* key, const std::string& what) {
    throw Failure(ExitCode::usage,
                  fmt::format("{}: {} has no model that is everybody's, {}", key, config.algorithm_name, what));
  };
  if (config.stop.accuracy) refuse("stop.accuracy", "so its accuracy is never known; stop by rounds, time or bytes");
  if (!config.metrics.empty()) {
    refuse("evaluate.metrics", fmt::format("to evaluate on the test set; remove {} and set evaluate.per_client",
                                           config.metrics.front()->about.name));
  }
  if (data.unseen.dataset) {
    refuse("data.unseen_clients", "for clients that never take part; remove it and set evaluate.per_client");
  }
  data.test.reset();
}

/// What is checked with the config where it is known then, and is known for all data sets once they are loaded.
void require_fit(const ExperimentConfig& config, const InputShape& shape, std::uint32_t population) {
  const std::string why = config.model->mismatch(shape);
  if (!why.empty()) {
    throw Failure(ExitCode::usage, fmt::format("model: {} does not fit the data set {}: {}", config.model_name,
                                               config.data.dataset, why));
  }
  for (const Metric* each : config.metrics) {
    const std::string reason = each->mismatch(shape);
    if (!reason.empty()) {
      throw Failure(ExitCode::usage, fmt::format("evaluate.metrics: {} {}", each->about.name, reason));
    }
  }
  if (!config.algorithm->traits().pooled && config.protocol->cohort() > population) {
    throw Failure(ExitCode::usage, fmt::format("protocol: cohort must be at most the number of clients, which is {}, "
                                               "got {}",
                                               population, config.protocol->cohort()));
  }
  const std::string unfit = config.algorithm->traits().pooled ? "" : config.protocol->mismatch(population);
  if (!unfit.empty()) throw Failure(ExitCode::usage, "protocol: " + unfit);
}

void require_encodable(const ExperimentConfig& config, Index d, bool in_parts) {
  const Compression& compression = config.compression;
  if (in_parts && !compression.lossless()) {
    throw Failure(ExitCode::usage,
                  fmt::format("compression: {} sends parts of a model or several of them, and codecs here are for one "
                              "whole model; choose another algorithm, or plain",
                              config.algorithm_name));
  }
  const auto [key, why] = compression.mismatch(d);
  if (!why.empty()) throw Failure(ExitCode::usage, fmt::format("{}: {}", key, why));
}

void require_room(const Population& population, Bytes needed) {
  for (std::uint32_t i = 0; i < population.population(); ++i) {
    if (population.can_train(ClientId{i})) return;
  }
  if (population.too_small() == 0) return;
  throw Failure(ExitCode::usage,
                fmt::format("fleet.device.memory: training the model needs {}, which no client's device has; all {} "
                            "clients with samples are out",
                            format_quantity(static_cast<double>(needed.count), Unit::byte), population.too_small()));
}

/// The model's weights as they were received, as they are trained, and their gradient, in float32. What a layer keeps
/// between forward and backward comes on top of it and is not counted.
Bytes training_memory(Index weights) { return {3 * 4 * static_cast<std::int64_t>(weights)}; }

/// Copies them: with `timing: only` the data they are over are gone before the run begins.
void keep_source_rows(ClientsData& data, Assembly& a) {
  constexpr std::size_t kMostRows = 1 << 24;
  const std::span<const std::uint32_t> train = data.train.source_rows, test = data.held_out.source_rows;
  if (train.size() + test.size() > kMostRows) return;
  a.source_rows.train.assign(train.begin(), train.end());
  a.source_rows.test.assign(test.begin(), test.end());
  a.client_names = std::move(data.names);
}

}  // namespace

Assembly assemble(ExperimentConfig& config) {
  Assembly a;
  ClientsData data = load_clients(config);
  a.provenance = data.provenance;
  const bool sizes_only = data.train.dataset == nullptr;
  const Traits traits = config.algorithm->traits();
  const SolverSpec solver = config.algorithm->solver(config.training);

  if (sizes_only) {
    a.train_samples = traits.pooled ? pool(data.sizes_only) : std::move(data.sizes_only);
    a.test_samples.assign(a.train_samples.size(), 0);
  } else {
    keep_source_rows(data, a);
    a.unseen_clients = std::move(data.unseen_clients);
    a.labels = std::move(data.labels);
    if (traits.pooled) {
      data.train.shards = pool(std::move(data.train.shards));
      if (a.labels)
        a.labels = count_labels(data.train.shards, data.train.dataset->labels(), data.train.dataset->shape().classes);
    }
    a.train_samples = sizes_of(data.train.shards);
    a.test_samples =
        data.held_out.dataset ? sizes_of(data.held_out.shards) : std::vector<std::uint32_t>(a.train_samples.size(), 0);
  }
  for (std::uint32_t i = 0; i < a.test_samples.size(); ++i) {
    if (a.test_samples[i] > 0) a.evaluable.push_back(ClientId{i});
  }
  require_evaluable(config, a, data);
  // Pooled data are one client's, which is still evaluated on the shards that the clients would have held out.
  if (traits.pooled) a.test_samples = pool(a.test_samples);

  const InputShape shape = sizes_only ? *config.data.loader->shape() : data.train.dataset->shape();
  require_fit(config, shape, static_cast<std::uint32_t>(a.train_samples.size()));
  std::unique_ptr<const Model<float>> model = config.model->make_float(shape);
  const Index d = model->size();
  a.layout = model->layout();
  const std::string misfit = config.algorithm->misfit(a.layout);
  if (!misfit.empty()) {
    throw Failure(ExitCode::usage, fmt::format("algorithm: {} does not work with the model {}: {}",
                                               config.algorithm_name, config.model_name, misfit));
  }
  const std::vector<Stretch> kept = config.algorithm->kept(a.layout);
  if (!kept.empty() || traits.several_models) drop_global_evaluation(config, data);
  require_encodable(config, d, !kept.empty() || traits.several_models);
  Index sent = d;
  for (const Stretch& each : kept) sent -= each.size;
  a.down = config.compression.bytes_down(sent, traits.broadcast_size(d));
  a.up = config.compression.bytes_up(sent, traits.extra_size(d));

  if (traits.pooled) config.protocol = rounds_of_one();
  a.down = a.down + config.protocol->plan();
  FleetSpec fleet = traits.pooled ? ideal_fleet(config.server_compute) : config.fleet;
  a.fleet = std::make_unique<const Fleet>(std::move(fleet), config.seed);
  const TurnCost cost{traits.pooled ? Bytes{} : a.down,
                      traits.pooled ? Bytes{} : a.up,
                      model->training_flops(),
                      traits.extra_passes,
                      solver,
                      training_memory(d),
                      traits.extra_trainings};
  a.population = std::make_unique<Population>(a.train_samples, cost, *a.fleet, config.data.arrival);
  require_room(*a.population, cost.memory);
  const auto population = static_cast<std::uint32_t>(a.train_samples.size());
  const Bytes held = sizes_only ? Bytes{} : data.train.dataset->memory() + (data.test ? data.test->memory() : Bytes{});
  const double states = states_of_clients(config, traits, population);
  a.memory = estimate_memory(a, held, traits, states, config.protocol->models(population), config.timing_only);
  require_memory(a, states, config.protocol->models(population));
  if (!config.timing_only) {
    const CohortSampling sampling = config.selection->sampling(config.protocol->selected(), population);
    a.learning = make_learning(config, data, std::move(model), solver, sampling);
  }
  return a;
}

}  // namespace fedtide
