#include "sim/experiment/data.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "sim/base/distributions.h"
#include "sim/base/error.h"
#include "sim/learn/shifted_dataset.h"

namespace fedtide {
namespace {

/// Which clients of the partition take part.
struct Membership {
  std::vector<std::uint32_t> seen;    // ascending
  std::vector<std::uint32_t> unseen;  // ascending
};

Membership draw_membership(const ExperimentConfig& config, std::uint32_t population) {
  const double wanted = config.data.unseen_clients;
  const auto count = static_cast<std::uint32_t>(wanted < 1 ? std::llround(wanted * population) : std::llround(wanted));
  if (count > 0 && count >= population) {
    throw Failure(
        ExitCode::usage,
        fmt::format("data.unseen_clients: {} of {} clients leave none to train, must be fewer", count, population));
  }
  Stream stream(config.seed, Purpose::membership);
  Membership members;
  members.unseen = sample_without_replacement(stream, population, count);
  std::sort(members.unseen.begin(), members.unseen.end());
  auto next = members.unseen.begin();
  for (std::uint32_t i = 0; i < population; ++i) {
    if (next != members.unseen.end() && *next == i) {
      ++next;
    } else {
      members.seen.push_back(i);
    }
  }
  return members;
}

Shards keep(const Shards& shards, const std::vector<std::uint32_t>& clients) {
  Shards kept;
  for (const std::uint32_t i : clients) {
    kept.append(shards.of(ClientId{i}));
    if (!shards.names.empty()) kept.names.push_back(shards.names[i]);
  }
  return kept;
}

/// Puts shards over a data set together with what the clients make of it.
class Changer {
 public:
  Changer(const ExperimentConfig& config, std::uint32_t clients) : config_(config), clients_(clients) {}

  HeldData hold(std::shared_ptr<const Dataset> base, Shards shards, std::vector<std::uint32_t> ids,
                std::uint32_t part = 0) const {
    HeldData data;
    if (config_.data.shifts.empty()) {
      data.dataset = std::move(base);
      data.shards = std::move(shards);
      data.source_rows = data.shards.rows;
      return data;
    }
    const auto shifted = std::make_shared<ShiftedDataset>(std::move(base), std::move(shards), std::move(ids), clients_,
                                                          config_.data.shifts, config_.seed, part);
    data.dataset = shifted;
    data.shards = shifted->positions();
    data.source_rows = shifted->shards().rows;
    return data;
  }

 private:
  const ExperimentConfig& config_;
  std::uint32_t clients_;
};

void require_shifts_fit(const ExperimentConfig& config, const InputShape& shape) {
  for (std::size_t i = 0; i < config.data.shifts.size(); ++i) {
    const std::string why = config.data.shifts[i]->mismatch(shape);
    if (why.empty()) continue;
    throw Failure(ExitCode::usage, fmt::format("data.shift: {} {}", config.data.shift_names[i], why));
  }
}

/// What the clients that take part are evaluated on, of samples and of which data set.
void hold_out(const ExperimentConfig& config, DataSource& source, Split& split, const Membership& members,
              const Changer& changer, ClientsData& out) {
  const bool validation = config.evaluation_on == HeldOut::validation;
  if (validation ? config.data.split.validation > 0 : config.data.split.test > 0) {
    out.held_out = changer.hold(source.train, std::move(validation ? split.validation : split.test), members.seen);
  } else if (!validation && source.natural_test && config.data.scheme == "natural") {
    Shards own = members.unseen.empty() ? std::move(*source.natural_test) : keep(*source.natural_test, members.seen);
    out.held_out = changer.hold(source.test, std::move(own), members.seen, 1);
  }
}

}  // namespace

DataSource load_source(const ExperimentConfig& config) {
  DataSource source = config.data.loader->load(config.seed);
  if (source.train) require_shifts_fit(config, source.train->shape());
  return source;
}

Shards hand_out(const ExperimentConfig& config, const DataSource& source) {
  const Dataset& train = *source.train;
  if (source.natural_clients && config.data.scheme == "natural") {
    Shards shards = *source.natural_clients;
    shards.names = source.client_names;
    return shards;
  }
  Shards shards = config.data.partition->partition(
      {train.size(), train.labels(), train.shape().classes, source.columns, config.data.clients, config.seed});
  if (config.data.clients > 0 && config.data.clients != shards.population()) {
    throw Failure(ExitCode::usage,
                  fmt::format("data.clients: found {}, and the partition {} has {} clients; write that or nothing",
                              config.data.clients, config.data.scheme, shards.population()));
  }
  return shards;
}

ClientsData load_clients(const ExperimentConfig& config) {
  DataSource source = load_source(config);
  ClientsData out;
  out.provenance = source.provenance;
  if (!source.train) {
    out.sizes_only = std::move(source.sizes_only);
    return out;
  }
  Shards shards = hand_out(config, source);
  source.natural_clients.reset();
  const std::uint32_t population = shards.population();
  Membership members = draw_membership(config, population);
  const Changer changer(config, population);
  if (!members.unseen.empty()) {
    out.unseen = changer.hold(source.train, keep(shards, members.unseen), members.unseen);
    shards = keep(shards, members.seen);
  }
  out.names = std::move(shards.names);
  const std::span<const std::int32_t> labels = source.train->labels();
  if (config.data.split.any()) {
    Split split = split_shards(shards, labels, config.data.split, config.seed);
    hold_out(config, source, split, members, changer, out);
    shards = std::move(split.train);
  } else {
    Split none;
    hold_out(config, source, none, members, changer, out);
  }
  out.train = changer.hold(source.train, std::move(shards), members.seen);
  if (!labels.empty()) {
    out.labels = count_labels(out.train.shards, out.train.dataset->labels(), source.train->shape().classes);
  }
  out.test = source.test;
  out.unseen_clients = std::move(members.unseen);
  return out;
}

std::vector<std::uint32_t> sizes_of(const Shards& shards) {
  std::vector<std::uint32_t> sizes(shards.population());
  for (std::uint32_t i = 0; i < shards.population(); ++i)
    sizes[i] = static_cast<std::uint32_t>(shards.size(ClientId{i}));
  return sizes;
}

}  // namespace fedtide
