#include "sim/config/sweep_expand.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>

#include "sim/base/distributions.h"
#include "sim/base/text.h"
#include "sim/config/sweep_values.h"

namespace fedtide {

namespace {

/// Something that takes `count` values one after the other: an axis, a group of a zip, or the draws.
struct Wheel {
  std::string name;
  std::size_t count = 0;
  std::vector<const SweepAxis*> axes;  ///< none: the random draws
};

/// From the slowest to the fastest.
std::vector<Wheel> wheels_of(const Sweep& sweep) {
  std::vector<Wheel> wheels;
  std::optional<Wheel> seeds;
  for (const SweepAxis& axis : sweep.grid) {
    Wheel wheel{axis.at.path, axis.values.size(), {&axis}};
    if (&axis == &sweep.grid.back() && axis.at.path == "seed") {
      seeds = std::move(wheel);
    } else {
      wheels.push_back(std::move(wheel));
    }
  }
  for (const std::vector<SweepAxis>& group : sweep.zip) {
    Wheel wheel{"zip", group.front().values.size(), {}};
    for (const SweepAxis& axis : group) wheel.axes.push_back(&axis);
    wheels.push_back(std::move(wheel));
  }
  if (!sweep.random.empty()) wheels.push_back({"random", static_cast<std::size_t>(sweep.draws), {}});
  if (seeds) wheels.push_back(std::move(*seeds));
  return wheels;
}

/// The product, or nothing, and a mistake noted, when it is too large.
std::optional<std::size_t> count_of(const std::vector<Wheel>& wheels, const Place& place, Problems& problems) {
  std::uint64_t product = 1;
  bool overflows = false;
  std::vector<std::string> factors;
  for (const Wheel& wheel : wheels) {
    overflows = __builtin_mul_overflow(product, std::uint64_t{wheel.count}, &product) || overflows;
    factors.push_back(fmt::format("{} of {}", wheel.count, wheel.name));
  }
  if (!overflows && product <= kMostSwept) return product;
  problems.add(place, "sweep",
               fmt::format("{} make {} runs, must be at most {}", join(factors, " x "),
                           overflows ? "more than 2^64" : fmt::format("{}", product), kMostSwept));
  return std::nullopt;
}

std::uint64_t salt_of(std::string_view text) {
  std::uint64_t hash = 14695981039346656037U;  // FNV-1a
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  return hash;
}

/// Of the draw's number and the key's name alone: more draws, or more keys, leave the others as they are. The seed is
/// the sweep's, so these are no draws of a run, whatever purpose they share.
Node drawn(const SweepDraw& draw, std::uint64_t seed, std::size_t number) {
  constexpr int kDigits = 6;
  Stream stream = Stream(seed, Purpose::dataset, static_cast<std::uint32_t>(number)).keyed(salt_of(draw.at.path));
  double x = 0;
  switch (draw.kind) {
    case SweepDraw::Kind::choice:
      return draw.values[uniform_below64(stream, draw.values.size())];
    case SweepDraw::Kind::integer:
      x = draw.a + static_cast<double>(uniform_below64(stream, static_cast<std::uint64_t>(draw.b - draw.a) + 1));
      return amount_node(x, draw.unit, 17, draw.at.place);
    case SweepDraw::Kind::uniform:
      x = draw.a + (draw.b - draw.a) * fedtide::uniform(stream);
      break;
    case SweepDraw::Kind::loguniform:
      x = std::exp(std::log(draw.a) + (std::log(draw.b) - std::log(draw.a)) * uniform(stream));
      break;
    case SweepDraw::Kind::normal:
      x = draw.a + draw.b * fedtide::normal(stream);
      break;
  }
  return amount_node(x, draw.unit, kDigits, draw.at.place);
}

Assignments run_of(const Sweep& sweep, const std::vector<Wheel>& wheels, std::size_t index) {
  std::vector<std::size_t> position(wheels.size());
  for (std::size_t w = wheels.size(); w-- > 0; index /= wheels[w].count) position[w] = index % wheels[w].count;
  Assignments run;
  for (std::size_t w = 0; w < wheels.size(); ++w) {
    for (const SweepAxis* axis : wheels[w].axes) run.push_back({&axis->at, axis->values[position[w]]});
    if (!wheels[w].axes.empty()) continue;
    for (const SweepDraw& draw : sweep.random) {
      run.push_back({&draw.at, drawn(draw, sweep.random_seed, position[w])});
    }
  }
  return run;
}

/// The value itself, or one of a list of values.
bool allows(const Node& wanted, const Node& value) {
  if (same_value(wanted, value)) return true;
  return wanted.is_list() &&
         std::any_of(wanted.items.begin(), wanted.items.end(), [&](const Node& one) { return same_value(one, value); });
}

bool is_excluded(const SweepExclusion& exclusion, const Assignments& run) {
  return std::all_of(exclusion.keys.begin(), exclusion.keys.end(), [&](const SweepAxis& key) {
    return std::any_of(run.begin(), run.end(), [&](const Assignment& one) {
      return one.at->path == key.at.path && allows(key.values.front(), one.value);
    });
  });
}

}  // namespace

std::string to_string(const Assignments& run) {
  std::vector<std::string> words;
  for (const Assignment& one : run) words.push_back(one.at->path + "=" + flow_text(one.value));
  return join(words, " ");
}

std::vector<Assignments> expand(const Sweep& sweep, Problems& problems) {
  const std::vector<Wheel> wheels = wheels_of(sweep);
  const Place place = !sweep.grid.empty()  ? sweep.grid.front().at.place
                      : !sweep.zip.empty() ? sweep.zip.front().front().at.place
                                           : Place{};
  const auto count = count_of(wheels, place, problems);
  if (!count || wheels.empty()) return {};
  std::vector<Assignments> runs;
  std::vector<std::size_t> left_out(sweep.exclude.size(), 0);
  for (std::size_t index = 0; index < *count; ++index) {
    Assignments run = run_of(sweep, wheels, index);
    bool is_out = false;
    for (std::size_t e = 0; e < sweep.exclude.size(); ++e) {
      if (!is_excluded(sweep.exclude[e], run)) continue;
      ++left_out[e];
      is_out = true;
    }
    if (!is_out) runs.push_back(std::move(run));
  }
  for (std::size_t e = 0; e < left_out.size(); ++e) {
    if (left_out[e] > 0) continue;
    problems.add(sweep.exclude[e].place, fmt::format("sweep.exclude[{}]", e),
                 "leaves out no run; no combination has these values");
  }
  if (runs.empty()) problems.add(place, "sweep.exclude", "leaves out every run");
  return runs;
}

}  // namespace fedtide
