#include "datasets/natural_clients.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "datasets/subset_dataset.h"
#include "sim/base/distributions.h"
#include "sim/base/error.h"

namespace fedtide {

Shards rows_by_group(std::span<const std::uint32_t> codes, std::uint32_t groups) {
  Shards shards;
  shards.begin.assign(std::size_t{groups} + 1, 0);
  for (const std::uint32_t code : codes) {
    FEDTIDE_REQUIRE(code < groups, "group {} of {}", code, groups);
    ++shards.begin[code + 1];
  }
  for (std::size_t g = 0; g < groups; ++g) shards.begin[g + 1] += shards.begin[g];
  shards.rows.resize(codes.size());
  std::vector<std::uint64_t> next(shards.begin.begin(), shards.begin.end() - 1);
  for (std::size_t row = 0; row < codes.size(); ++row) {
    shards.rows[next[codes[row]]++] = static_cast<std::uint32_t>(row);
  }
  return shards;
}

namespace {

constexpr std::uint64_t kSalt = 0x636c69656e7473;  // other users of the same stream draw other numbers

std::vector<std::uint32_t> chosen_clients(const Shards& clients, const ClientChoice& choice, std::uint64_t seed) {
  std::vector<std::uint32_t> chosen;
  for (std::uint32_t i = 0; i < clients.population(); ++i) {
    if (clients.size(ClientId{i}) >= choice.min_samples) chosen.push_back(i);
  }
  if (chosen.empty() || choice.fraction >= 1) return chosen;
  const auto all = static_cast<std::uint32_t>(chosen.size());
  const auto wanted = static_cast<std::uint32_t>(std::llround(choice.fraction * static_cast<double>(all)));
  Stream stream = Stream(seed, Purpose::partition).keyed(kSalt);
  std::vector<std::uint32_t> places = sample_without_replacement(stream, all, std::max(1u, wanted));
  std::sort(places.begin(), places.end());
  for (std::uint32_t& place : places) place = chosen[place];
  return places;
}

/// The shards of the chosen clients, over a data set that has only rows whose `place` is not negative.
Shards renumbered(const Shards& clients, const std::vector<std::uint32_t>& chosen,
                  const std::vector<std::int64_t>& place) {
  Shards shards;
  std::vector<std::uint32_t> rows;
  for (const std::uint32_t client : chosen) {
    rows.clear();
    for (const std::uint32_t row : clients.of(ClientId{client})) rows.push_back(static_cast<std::uint32_t>(place[row]));
    shards.append(rows);
  }
  return shards;
}

/// Takes the rows of clients that are not chosen out of the data set and of their shards; returns the rows that stay.
std::vector<std::uint32_t> keep(std::shared_ptr<const Dataset>& data, Shards& clients,
                                const std::vector<std::uint32_t>& chosen) {
  std::vector<bool> is_chosen(clients.population(), false);
  for (const std::uint32_t client : chosen) is_chosen[client] = true;
  std::vector<std::int64_t> place(data->size(), 0);
  for (std::uint32_t client = 0; client < clients.population(); ++client) {
    if (is_chosen[client]) continue;
    for (const std::uint32_t row : clients.of(ClientId{client})) place[row] = -1;
  }
  std::vector<std::uint32_t> stay;
  for (std::uint32_t row = 0; row < data->size(); ++row) {
    if (place[row] < 0) continue;
    place[row] = static_cast<std::int64_t>(stay.size());
    stay.push_back(row);
  }
  clients = renumbered(clients, chosen, place);
  data = std::make_shared<SubsetDataset>(std::move(data), stay);
  return stay;
}

}  // namespace

ClientChoice read_client_choice(Section& section) {
  ClientChoice choice;
  choice.min_samples = static_cast<std::uint64_t>(
      section.whole("min_samples",
                    {1, between(1, 4294967295.0), "natural clients with fewer samples for training are left out", ""}));
  choice.fraction = section.real("client_fraction",
                                 {1.0, fraction(), "part of the natural clients that takes part, drawn at random", ""});
  return choice;
}

void choose_clients(DataSource& source, const ClientChoice& choice, std::uint64_t seed, const std::string& place) {
  if (!source.natural_clients) return;
  const std::uint32_t all = source.natural_clients->population();
  const std::vector<std::uint32_t> chosen = chosen_clients(*source.natural_clients, choice, seed);
  if (chosen.empty()) {
    throw Failure(ExitCode::data_damaged, fmt::format("{}: none of the {} clients has the {} samples that "
                                                      "data.min_samples asks for",
                                                      place, all, choice.min_samples));
  }
  if (chosen.size() == all) return;
  if (source.train) {
    const std::vector<std::uint32_t> stay = keep(source.train, *source.natural_clients, chosen);
    for (Column& column : source.columns) {
      std::vector<std::uint32_t> codes;
      codes.reserve(stay.size());
      for (const std::uint32_t row : stay) codes.push_back(column.codes[row]);
      column.codes = std::move(codes);
    }
  }
  if (source.test && source.natural_test) {
    keep(source.test, *source.natural_test, chosen);
    if (source.test->size() == 0) {
      source.test = nullptr;
      source.natural_test.reset();
    }
  }
  if (!source.client_names.empty()) {
    std::vector<std::string> names;
    for (const std::uint32_t client : chosen) names.push_back(source.client_names[client]);
    source.client_names = std::move(names);
  }
  source.provenance += fmt::format("; {} of {} clients take part", chosen.size(), all);
}

}  // namespace fedtide
