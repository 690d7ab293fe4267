#include "datasets/partition/sizes.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "datasets/partition/common.h"
#include "sim/base/distributions.h"
#include "sim/base/error.h"
#include "sim/base/random.h"

namespace fedtide {
namespace {

constexpr double kMost = 4294967295.0;
constexpr std::uint32_t kSizesTurn = 0x80000000u;  // lower turns hand out samples

const std::vector<About>& size_words() {
  static const std::vector<About> words{
      {"equal", "the same for all; where that leaves a rest, the first clients get one more", ""},
      {"lognormal", "in proportion to draws of a log-normal distribution", "FedLab, arXiv 2107.11621"},
      {"power_law", "in proportion to draws x of a Pareto distribution, P(x > t) = t^-exponent for t > 1", ""},
      {"dirichlet", "shares drawn from Dir(alpha, .., alpha) over the clients", "NIID-Bench, arXiv 2102.02079"},
      {"list", "as given", ""}};
  return words;
}

}  // namespace

std::vector<std::uint32_t> apportion(std::span<const double> weights, std::uint64_t total, std::uint32_t minimum) {
  const std::size_t parts = weights.size();
  FEDTIDE_REQUIRE(parts > 0 && parts * minimum <= total, "{} parts of at least {} of {}", parts, minimum, total);
  std::vector<std::uint32_t> order(parts);
  std::iota(order.begin(), order.end(), 0u);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return weights[a] < weights[b]; });
  std::vector<double> rest(parts);  // sum of the weights from this place of the order on
  double sum = 0;
  for (std::size_t i = parts; i-- > 0;) rest[i] = sum += weights[order[i]];
  FEDTIDE_REQUIRE(sum > 0 && std::isfinite(sum), "the weights sum to {}", sum);

  std::vector<std::uint32_t> sizes(parts, minimum);
  std::vector<double> remainder(parts, -1);
  std::size_t raised = 0;
  std::uint64_t left = total;
  const auto share = [&](std::size_t i) { return weights[order[i]] / rest[raised] * static_cast<double>(left); };
  for (; raised < parts && (rest[raised] <= 0 || share(raised) < minimum); ++raised) left -= minimum;
  std::uint64_t open = left;
  for (std::size_t i = raised; i < parts; ++i) {
    const double exact = share(i);
    sizes[order[i]] = static_cast<std::uint32_t>(std::min(exact, static_cast<double>(open)));
    open -= sizes[order[i]];
    remainder[order[i]] = exact - std::floor(exact);
  }
  std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return remainder[a] != remainder[b] ? remainder[a] > remainder[b] : a < b;
  });
  for (std::size_t i = 0; open > 0; i = i + 1 < parts ? i + 1 : 0, --open) ++sizes[order[i]];
  return sizes;
}

void Sizing::read_kind(Section& section, const std::string& fallback, std::uint32_t min_size) {
  section.choose(
      "sizes", {fallback, size_words(), "how many samples each client gets", ""}, [&](const std::string& word) {
        if (word == "equal") {
          kind_ = Kind::equal;
          return;
        }
        if (word == "list") {
          kind_ = Kind::list;
          list_ = section.wholes("size_list", {}, {std::nullopt, between(1, kMost), "size of each client", ""});
          if (list_.empty() && !section.describing()) {
            section.reject("size_list", "no sizes are given; write one for each client");
          }
          return;
        }
        if (word == "lognormal") {
          kind_ = Kind::lognormal;
          parameter_ = section.real("size_sigma", {0.3, between(0, 10), "standard deviation of the logarithm of a size",
                                                   "FedLab, arXiv 2107.11621"});
        } else if (word == "power_law") {
          kind_ = Kind::power_law;
          parameter_ =
              section.real("size_exponent", {1.5, between(0.1, 1e6), "of the tail: the smaller, the more uneven", ""});
        } else {
          kind_ = Kind::dirichlet;
          parameter_ = section.real(
              "size_alpha",
              {0.5, positive(), "concentration of each client's share of all samples", "NIID-Bench, arXiv 2102.02079"});
        }
        min_size_ = static_cast<std::uint32_t>(
            section.whole("min_size", {static_cast<double>(min_size), between(1, kMost),
                                       "smaller sizes are raised to it, at the cost of the others", ""}));
      });
}

Sizing Sizing::read(Section& section, const std::string& fallback, std::uint32_t min_size) {
  Sizing sizing;
  sizing.read_kind(section, fallback, min_size);
  sizing.sharing_ = section.flag(
      "sharing",
      {false, "a sample may go to several clients, at most once to each, so that clients may outnumber samples", ""});
  const auto mean = section.maybe_whole(
      "samples_per_client",
      {std::nullopt, between(1, kMost), "mean size with sharing; samples / clients when left out", ""});
  if (mean) sizing.samples_per_client_ = static_cast<std::uint32_t>(*mean);
  if (mean && !sizing.sharing_) {
    section.reject("samples_per_client", "is for sharing: true; without it, all samples are handed out once");
  }
  return sizing;
}

Sizing Sizing::read_sizes(Section& section) {
  Sizing sizing;
  sizing.read_kind(section, "equal", 1);
  return sizing;
}

std::uint64_t Sizing::total(const PartitionInput& in) const {
  if (!sharing_) return in.samples;
  const std::uint64_t each = samples_per_client_.value_or(std::max(1u, in.samples / in.clients));
  return each * in.clients;
}

std::vector<std::uint32_t> Sizing::given(const PartitionInput& in) const {
  if (list_.size() != in.clients) {
    throw Failure(ExitCode::usage, fmt::format("data.partition.size_list: {} sizes for {} clients, must be as many",
                                               list_.size(), in.clients));
  }
  std::vector<std::uint32_t> sizes(list_.begin(), list_.end());
  const std::uint64_t sum = std::accumulate(sizes.begin(), sizes.end(), std::uint64_t{0});
  if (!sharing_ && sum != in.samples) {
    throw Failure(ExitCode::usage, fmt::format("data.partition.size_list: the sizes sum to {}, and the data set has {} "
                                               "samples, must be equal",
                                               sum, in.samples));
  }
  const std::uint32_t largest = *std::max_element(sizes.begin(), sizes.end());
  if (largest > in.samples) {
    throw Failure(ExitCode::usage,
                  fmt::format("data.partition.size_list: a client cannot hold {} of {} samples", largest, in.samples));
  }
  return sizes;
}

/// In logarithms until all are known: a draw of Dir(1e-300) has one share that is not 0, and it is not always finite.
std::vector<double> Sizing::draw_weights(const PartitionInput& in) const {
  std::vector<double> weights(in.clients);
  Stream stream(in.seed, Purpose::partition, 0, kSizesTurn);
  for (double& w : weights) {
    switch (kind_) {
      case Kind::lognormal:
        w = parameter_ * normal(stream);
        break;
      case Kind::power_law:
        w = -std::log(uniform_open(stream)) / parameter_;
        break;
      default:
        w = log_gamma_draw(stream, parameter_);
    }
  }
  const double largest = *std::max_element(weights.begin(), weights.end());
  for (double& w : weights) w = std::exp(w - largest);
  return weights;
}

std::vector<std::uint32_t> Sizing::sizes(const PartitionInput& in) const {
  sharing_ ? require_some(in) : require_samples(in);
  if (kind_ == Kind::list) return given(in);
  const std::uint64_t sum = total(in);
  if (std::uint64_t{in.clients} * min_size_ > sum) throw too_few(min_size_, in.clients, sum);
  std::vector<std::uint32_t> sizes =
      kind_ == Kind::equal ? equal_sizes(sum, in.clients) : apportion(draw_weights(in), sum, min_size_);
  for (std::uint32_t& size : sizes) size = std::min(size, in.samples);
  return sizes;
}

}  // namespace fedtide
