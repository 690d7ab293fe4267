#include "sim/experiment/config.h"

#include <fmt/format.h>

#include <cmath>

#include "sim/experiment/config_output.h"

namespace fedtide {
namespace {

constexpr double kMostClients = 4e9;  // ids are 32 bits
constexpr const char* kDefaultSelector = "uniform";

void read_split(Section& s, DataConfig& data) {
  const auto share = [](const char* help) {
    return Number{.fallback = 0.0, .bounds = {.low = 0, .high = 1, .high_open = true}, .help = help, .source = ""};
  };
  s.section("split", "what each client keeps from training, of its own samples and in its own mix of labels",
            [&](Section& x) {
              data.split.test = x.real("test", share("share for its own evaluation"));
              data.split.validation = x.real("validation", share("share for choosing parameters"));
              if (data.split.test + data.split.validation >= 1) {
                x.reject("validation", fmt::format("test and validation are {} together, must be less than 1",
                                                   data.split.test + data.split.validation));
                data.split = {};
              }
            });
  data.unseen_clients =
      s.real("unseen_clients", {.fallback = 0.0,
                                .bounds = between(0, kMostClients),
                                .help = "clients that never train and are evaluated as one: a share of all "
                                        "when below 1, else how many",
                                .source = ""});
  if (data.unseen_clients >= 1 && data.unseen_clients != std::floor(data.unseen_clients)) {
    s.reject("unseen_clients", fmt::format("must be a share below 1 or a whole number, got {}", data.unseen_clients));
  }
}

void read_shifts(Section& s, DataConfig& data) {
  s.sections("shift", "changes to what clients hold, one after the other; the global test set stays as it is",
             [&](Section& x) {
               x.choose_from<ShiftEntry>("kind", std::nullopt, "what changes", [&](const ShiftEntry& entry) {
                 data.shift_names.push_back(entry.about.name);
                 data.shifts.push_back(entry.read(x));
               });
             });
}

void read_arrival(Section& s, Arrival& arrival) {
  s.section("arrival", "data that come in while the run goes on, in the order of the data set", [&](Section& x) {
    arrival.at_start = x.real("at_start", {.fallback = 1.0,
                                           .bounds = fraction(),
                                           .help = "share of each client's samples that is there from the start",
                                           .source = ""});
    const auto over = x.maybe_duration(
        "over", {.fallback = {}, .bounds = positive(), .help = "time in which the rest comes, evenly", .source = ""});
    const auto newest = x.maybe_whole("newest", {.fallback = {},
                                                 .bounds = between(1, kMostClients),
                                                 .help = "samples that a client keeps, the newest; none: all",
                                                 .source = ""});
    if (over) arrival.over = *over;
    if (newest) arrival.newest = static_cast<std::uint32_t>(*newest);
    if (arrival.at_start < 1 && !over && !x.describing()) {
      x.reject("at_start", "the rest needs a time to come in; give over, for example 10 d");
    }
  });
}

/// Where the partition says itself how many clients there are, a number given beside it must be the same.
void read_clients(Section& s, bool natural, DataConfig& data) {
  const bool fixed = data.partition && data.partition->fixes_clients() && !s.describing();
  if (fixed && (natural || !s.given("clients"))) {
    data.clients = data.scheme == "natural" && data.loader ? data.loader->clients().value_or(0) : 0;
    return;
  }
  data.clients = static_cast<std::uint32_t>(s.whole(
      "clients",
      {.fallback = 100.0, .bounds = between(1, kMostClients), .help = "number of virtual clients", .source = ""}));
}

void read_data(Section& s, DataConfig& data) {
  s.choose_from<DatasetEntry>("dataset", std::nullopt, "where the samples come from", [&](const DatasetEntry& entry) {
    data.dataset = entry.about.name;
    data.loader = entry.read(s);
  });
  const bool natural = data.loader && data.loader->has_clients();
  s.section("partition", "who holds which samples", [&](Section& p) {
    p.choose_from<PartitionEntry>("scheme", natural ? "natural" : "iid", "how samples are handed to clients",
                                  [&](const PartitionEntry& entry) {
                                    data.scheme = entry.about.name;
                                    data.partition = entry.read(p);
                                  });
    if (data.scheme == "natural" && !natural) {
      p.reject("scheme", fmt::format("the data set {} has no natural clients; choose another scheme", data.dataset));
    }
  });
  read_clients(s, natural, data);
  read_split(s, data);
  read_shifts(s, data);
  read_arrival(s, data.arrival);
}

void read_evaluation(Section& s, ExperimentConfig& e) {
  EvaluationRule& rule = e.evaluation;
  rule.every = s.whole("every", {.fallback = 1.0,
                                 .bounds = at_least(1),
                                 .help = "rounds between evaluations; the first and last model always are",
                                 .source = ""});
  rule.per_client = static_cast<std::uint32_t>(
      s.whole("per_client", {.fallback = 0.0,
                             .bounds = between(0, kMostClients),
                             .help = "clients, drawn anew each time, on whose held-out data the model is evaluated",
                             .source = ""}));
  const std::string on = s.word("held_out", {.fallback = "test",
                                             .options = {{"test", "data.split.test, or the data set's own", ""},
                                                         {"validation", "data.split.validation", ""}},
                                             .help = "which of a client's samples that is",
                                             .source = ""});
  e.evaluation_on = on == "validation" ? HeldOut::validation : HeldOut::test;
}

std::vector<const Metric*> read_metrics(Section& s) {
  Words names{{}, {}, "more to record of each evaluation on the test set, as test_<name>", ""};
  for (const Metric& each : metrics()) names.options.push_back(each.about);
  std::vector<const Metric*> chosen;
  for (const std::string& name : s.words("metrics", names)) chosen.push_back(&metric(name));
  return chosen;
}

void read_stop(Section& s, StopRule& stop) {
  stop.rounds =
      s.maybe_whole("rounds", {.fallback = {}, .bounds = at_least(0), .help = "committed rounds", .source = ""});
  stop.accuracy = s.maybe_real(
      "accuracy", {.fallback = {}, .bounds = fraction(), .help = "test accuracy of the global model", .source = ""});
  stop.time = s.maybe_duration("time", {.fallback = {}, .bounds = positive(), .help = "virtual time", .source = ""});
  stop.bytes = s.maybe_bytes(
      "bytes", {.fallback = {}, .bounds = positive(), .help = "bytes down and up, all clients together", .source = ""});
  if (!stop.rounds && !stop.accuracy && !stop.time && !stop.bytes && !s.describing()) {
    s.reject("rounds", "nothing says when to stop; give at least one of rounds, accuracy, time, bytes");
  }
}

void check_metrics(Section& s, const ExperimentConfig& e, const InputShape& data) {
  for (const Metric* each : e.metrics) {
    const std::string why = each->mismatch(data);
    if (!why.empty()) s.reject("evaluate.metrics", fmt::format("{} {}", each->about.name, why));
  }
  if (!e.metrics.empty() && e.timing_only) {
    s.reject("evaluate.metrics", "with timing: only there is no model to evaluate; remove them");
  }
}

void check_compression(Section& s, const ExperimentConfig& e) {
  const Compression& c = e.compression;
  if (!c.up || !c.down || c.lossless() || !e.algorithm || !e.protocol) return;
  if (e.algorithm->traits().pooled) {
    s.reject("compression", fmt::format("{} trains in one place and sends nothing; remove it", e.algorithm_name));
  } else if (!e.protocol->sends_updates()) {
    s.reject("compression",
             fmt::format("does not run with the protocol {}, in which whole models pass from one to the other and not "
                         "what clients change of the server's; choose a protocol with one server, or plain",
                         e.protocol_name));
  }
}

/// What no single section can know.
void check_whole(Section& s, const ExperimentConfig& e) {
  if (s.describing()) return;
  const auto input = e.data.loader ? e.data.loader->shape() : std::nullopt;
  if (e.model && input) {
    const std::string why = e.model->mismatch(*input);
    if (!why.empty())
      s.reject("model", fmt::format("{} does not fit the data set {}: {}", e.model_name, e.data.dataset, why));
    check_metrics(s, e, *input);
    if (input->classes == 0 && e.data.partition && e.data.partition->needs_labels()) {
      s.reject("data.partition.scheme",
               fmt::format("{} deals by labels, and the data set {} has none; use iid", e.data.scheme, e.data.dataset));
    }
  }
  for (std::size_t i = 0; input && i < e.data.shifts.size(); ++i) {
    const std::string why = e.data.shifts[i]->mismatch(*input);
    if (!why.empty()) s.reject("data.shift", fmt::format("{} {}", e.data.shift_names[i], why));
  }
  if (e.protocol && e.algorithm && !e.algorithm->traits().pooled && e.data.clients > 0 &&
      e.protocol->cohort() > e.data.clients) {
    s.reject("protocol", fmt::format("cohort must be at most data.clients, which is {}, got {}", e.data.clients,
                                     e.protocol->cohort()));
  }
  if (e.protocol && e.algorithm && !e.algorithm->traits().pooled) {
    const std::string unfit = e.protocol->objection(*e.algorithm);
    if (!unfit.empty()) s.reject("algorithm", fmt::format("{} {}", e.algorithm_name, unfit));
    const std::string why = e.data.clients > 0 ? e.protocol->mismatch(e.data.clients) : "";
    if (!why.empty()) s.reject("protocol", why);
    if (!e.protocol->selects() && e.selection_name != kDefaultSelector) {
      s.reject("selection", fmt::format("{} has no part in this protocol, in which nobody is selected; remove it",
                                        e.selection_name));
    }
  }
  check_compression(s, e);
  if (e.algorithm) {
    const std::string why = e.algorithm->objection(e.training);
    if (!why.empty())
      s.reject("algorithm", fmt::format("{} does not work with this training: {}", e.algorithm_name, why));
  }
  if (e.algorithm && e.algorithm->traits().pooled && (e.data.arrival.over.ns > 0 || e.data.arrival.newest)) {
    s.reject("data.arrival", fmt::format("{} trains on all data in one place, from the start; remove it or choose "
                                         "another algorithm",
                                         e.algorithm_name));
  }
  if (e.timing_only && e.stop.accuracy) {
    s.reject("stop", "accuracy is never known with timing: only; stop by rounds, time or bytes");
  }
  if (e.data.dataset == "sizes" && !e.timing_only) {
    s.reject("data", "the data set sizes has no samples to train on; it needs timing: only");
  }
  if (e.data.dataset == "sizes" && (e.data.split.any() || e.data.unseen_clients > 0 || !e.data.shifts.empty())) {
    s.reject("data", "the data set sizes has no samples to split, to keep unseen or to change");
  }
}

}  // namespace

ExperimentConfig read_experiment(Section& s) {
  ExperimentConfig e;
  e.name = s.text("name", {.fallback = "experiment", .help = "what the run is called", .source = ""});
  e.seed = static_cast<std::uint64_t>(s.whole(
      "seed",
      {.fallback = 1.0, .bounds = between(0, 9e15), .help = "names every random stream of the run", .source = ""}));
  e.timing_only =
      s.word("timing",
             {.fallback = "full",
              .options = {{"full", "train and evaluate", ""}, {"only", "play the timeline without training", ""}},
              .help = "whether anything is learned",
              .source = ""}) == "only";
  s.section("data", "samples and who holds them", [&](Section& d) { read_data(d, e.data); });
  s.section("model", "what is trained", [&](Section& m) {
    m.choose_from<ModelEntry>("name", std::nullopt, "kind of model", [&](const ModelEntry& entry) {
      e.model_name = entry.about.name;
      e.model = entry.read(m);
    });
  });
  s.section("training", "what a client does in a turn", [&](Section& t) { e.training = read_solver(t); });
  s.section("algorithm", "the federated method", [&](Section& a) {
    a.choose_from<AlgorithmEntry>("name", "fedavg", "published method", [&](const AlgorithmEntry& entry) {
      e.algorithm_name = entry.about.name;
      e.algorithm = entry.read(a);
    });
  });
  s.section("selection", "whom the server selects", [&](Section& c) {
    c.choose_from<SelectorEntry>("name", kDefaultSelector, "scheme", [&](const SelectorEntry& entry) {
      e.selection_name = entry.about.name;
      e.selection = entry.read(c);
    });
  });
  s.section("protocol", "who talks to whom and when", [&](Section& p) {
    p.choose_from<ProtocolEntry>("name", "synchronous", "protocol", [&](const ProtocolEntry& entry) {
      e.protocol_name = entry.about.name;
      e.protocol = entry.read(p);
    });
  });
  s.section("compression", "how models and updates are encoded on their way",
            [&](Section& x) { e.compression = read_compression(x); });
  s.section("fleet", "devices, links, hours and failures", [&](Section& f) {
    e.fleet = read_fleet(f);
    e.server_compute = f.flop_rate("server", {.fallback = 1e12,
                                              .bounds = positive(),
                                              .help = "training rate of the data center, for centralized training",
                                              .source = ""});
  });
  s.section("evaluate", "when the global model is evaluated", [&](Section& v) {
    read_evaluation(v, e);
    e.metrics = read_metrics(v);
  });
  s.section("stop", "when the run ends: whichever comes first", [&](Section& x) { read_stop(x, e.stop); });
  s.section("output", "what is recorded beside the rounds", [&](Section& o) { read_output(o, e.output); });
  s.section("execution", "how the run is computed; no influence on results",
            [&](Section& x) { read_execution(x, e.execution); });
  check_whole(s, e);
  return e;
}

}  // namespace fedtide
