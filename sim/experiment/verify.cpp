#include "sim/experiment/verify.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "sim/base/error.h"
#include "sim/experiment/verify_laws.h"

namespace fedtide {

Evidence::Evidence(const RecordedRun& recorded) : run(recorded), by_client(recorded.turns.size()) {
  std::iota(by_client.begin(), by_client.end(), 0u);
  std::sort(by_client.begin(), by_client.end(), [&](std::uint32_t a, std::uint32_t b) {
    const ClientTrace& x = run.turns[a];
    const ClientTrace& y = run.turns[b];
    return raw(x.client) != raw(y.client) ? raw(x.client) < raw(y.client) : x.turn < y.turn;
  });
  for (std::size_t row = 0; row < run.rounds.size(); ++row) rows.emplace(run.rounds[row].round, row);
}

const RoundRecord* Evidence::round(std::int64_t number) const {
  const auto found = rows.find(number);
  return found == rows.end() ? nullptr : &run.rounds[found->second];
}

std::int64_t count(const RoundRecord& record, Outcome outcome) {
  return record.outcomes[static_cast<std::size_t>(outcome)];
}

std::int64_t ended(const RoundRecord& record) {
  return std::accumulate(record.outcomes.begin(), record.outcomes.end(), std::int64_t{0});
}

bool same_seconds(double a, double b) { return std::abs(a - b) <= 1e-9 * std::max({1.0, std::abs(a), std::abs(b)}); }

bool same_amount(double a, double b) { return std::abs(a - b) <= 1e-9 * std::max({1e-6, std::abs(a), std::abs(b)}); }

std::string to_text(const Spending& spending) {
  return fmt::format("{} bytes down, {} bytes up, {} s", spending.bytes_down, spending.bytes_up, spending.compute_s);
}

std::vector<Finding> verify(const RecordedRun& run) {
  const Evidence evidence(run);
  std::vector<Finding> findings;
  const auto check = [&](const Law& law) {
    // Where a run has none of it there is nothing to say.
    if ((law.of_energy && !run.accounts.energy) || (law.of_metered && !run.accounts.metered)) return;
    Finding finding{Finding::Verdict::holds, law.name, ""};
    if (law.of_turns && run.trace == TraceDetail::none) {
      finding.verdict = Finding::Verdict::unchecked;
      finding.text = "output.trace is none";
    } else if (finding.text = law.broken(evidence); !finding.text.empty()) {
      finding.verdict = Finding::Verdict::broken;
    }
    findings.push_back(std::move(finding));
  };
  for (const Law& law : laws_of_rounds()) check(law);
  for (const Law& law : laws_of_turns()) check(law);
  for (const Law& law : laws_of_energy()) check(law);
  return findings;
}

}  // namespace fedtide
