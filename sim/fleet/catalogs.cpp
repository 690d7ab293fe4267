// Catalogs of devices and links that were measured, with their sources.

#include <array>
#include <cmath>

#include "sim/base/distributions.h"
#include "sim/fleet/device.h"
#include "sim/fleet/link_measured.h"

namespace fedtide {
namespace {

// Spread of the phones: quantiles (0, 5, .., 100 %) of the CPU float score of the 333 phones in the AI-Benchmark
// ranking that FLASH ships (Yang et al., WWW 2021; models/utils/device_util/raw_ai_benchmark_list.json). Level: the
// median phone trains LeNet-5 at batch 16 in 19.1 ms a batch (Xiaomi, MNN; Benchmark-On-Device-Training,
// tools/train/benchmark/XIAOMI/time_table_Lenet.csv), which is 16 x 2.26 MFLOP / 19.1 ms = 1.89 GFLOP/s.
constexpr std::array<double, 21> kPhoneScore = {105,  218,  274,  311,  392,  568,  755,  1142, 1327, 1445, 1548,
                                                1636, 1696, 1926, 2035, 2154, 2621, 3062, 3414, 3691, 4310};
constexpr double kMedianScore = kPhoneScore[kPhoneScore.size() / 2];
constexpr double kMedianPhoneFlops = 16 * 2.26e6 / 19.1e-3;

class Phones2020 final : public DeviceModel {
 public:
  Device device(std::uint64_t seed, ClientId client) const override {
    Stream stream(seed, Purpose::device, client);
    const double position = uniform(stream) * (kPhoneScore.size() - 1);
    const auto below = static_cast<std::size_t>(position);
    const double score = std::lerp(kPhoneScore[below], kPhoneScore[below + 1], position - std::floor(position));
    return {{kMedianPhoneFlops * score / kMedianScore}};
  }
};

// The same scores by maximum likelihood: mean and deviation of their logarithms. It reaches beyond the slowest and the
// fastest phone, and has one mode where the scores have two.
constexpr double kScoreLogMean = 7.04911;
constexpr double kScoreLogSigma = 0.92807;

class PhonesLognormal final : public DeviceModel {
 public:
  Device device(std::uint64_t seed, ClientId client) const override {
    Stream stream(seed, Purpose::device, client);
    return {{kMedianPhoneFlops / kMedianScore * lognormal(stream, kScoreLogMean, kScoreLogSigma)}};
  }
};

// Mean and deviation of 19 users' download and upload speed in kB/s, as FLASH measured them (models/speed_distri.json).
constexpr std::array<MeasuredRates, 19> kMobile = {{{7491, 3369, 4935, 2767},
                                                    {4055, 1820, 3006, 890},
                                                    {2370, 1388, 2774, 1097},
                                                    {9913, 1551, 6635, 1460},
                                                    {4209, 1482, 2974, 833},
                                                    {3778, 2843, 2632, 1576},
                                                    {3473, 1277, 5141, 2277},
                                                    {4668, 613, 3205, 419},
                                                    {3298, 771, 2337, 1610},
                                                    {4284, 1561, 3642, 1495},
                                                    {3658, 1316, 2547, 1089},
                                                    {7214, 3363, 4040, 2189},
                                                    {8885, 1999, 6279, 489},
                                                    {5125, 2088, 3730, 461},
                                                    {7271, 1914, 5743, 1964},
                                                    {4318, 1265, 3286, 1018},
                                                    {6708, 6738, 665, 312},
                                                    {17333, 11182, 5641, 2550},
                                                    {3177, 1838, 431, 158}}};
// Not in FLASH: round-trip times of tens of milliseconds are usual on 4G and Wi-Fi.
const Duration kMobileLatency = Duration::from_seconds(0.05);
const Duration kMobileJitter = Duration::from_seconds(0.02);

class Mobile final : public LinkModel {
 public:
  Link link(std::uint64_t seed, ClientId client) const override {
    Stream stream(seed, Purpose::link, client);
    Link link;
    draw_rates(kMobile[uniform_below(stream, static_cast<std::uint32_t>(kMobile.size()))], stream, link);
    link.latency = kMobileLatency;
    link.jitter = kMobileJitter;
    return link;
  }
};

// The users' mean speeds by maximum likelihood: medians 5,172 kB/s down and 3,103 kB/s up; deviations of the logarithms
// and the correlation between them.
constexpr double kDownLogSigma = 0.4711;
constexpr double kUpLogSigma = 0.6824;
constexpr double kLogCorrelation = 0.4477;

class MobileLognormal final : public LinkModel {
 public:
  Link link(std::uint64_t seed, ClientId client) const override {
    Stream stream(seed, Purpose::link, client);
    const double down = normal(stream);
    const double up = kLogCorrelation * down + std::sqrt(1 - kLogCorrelation * kLogCorrelation) * normal(stream);
    Link link;
    link.down = {8000 * 5172 * std::exp(kDownLogSigma * down)};
    link.up = {8000 * 3103 * std::exp(kUpLogSigma * up)};
    link.latency = kMobileLatency;
    link.jitter = kMobileJitter;
    return link;
  }
};

template <class Base, class Model>
std::unique_ptr<Base> make(Section&) {
  return std::make_unique<Model>();
}

const Registration<DeviceEntry> phones{{{"phones-2020", "333 phones by AI-Benchmark's float score, median 1.9 GFLOP/s",
                                         "Yang et al., WWW 2021 (FLASH); Benchmark-On-Device-Training"},
                                        make<DeviceModel, Phones2020>}};

const Registration<DeviceEntry> phones_lognormal{
    {{"phones-lognormal", "the lognormal distribution fitted to phones-2020, median 1.4 GFLOP/s, sigma 0.93",
      "Yang et al., WWW 2021 (FLASH); Benchmark-On-Device-Training"},
     make<DeviceModel, PhonesLognormal>}};

const Registration<LinkEntry> mobile{
    {{"mobile", "19 measured users, down 2.4 to 17 MB/s, up 0.4 to 6.6 MB/s", "Yang et al., WWW 2021 (FLASH)"},
     make<LinkModel, Mobile>}};

const Registration<LinkEntry> mobile_lognormal{
    {{"mobile-lognormal", "lognormal distributions fitted to the users of mobile, medians 5.2 MB/s down, 3.1 MB/s up",
      "Yang et al., WWW 2021 (FLASH)"},
     make<LinkModel, MobileLognormal>}};

}  // namespace
}  // namespace fedtide
