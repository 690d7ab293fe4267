#include "sim/fleet/link_measured.h"

#include "sim/config/sample.h"

namespace fedtide {

void draw_rates(const MeasuredRates& user, Stream& stream, Link& link) {
  constexpr double kBitsPerKilobyte = 8000;
  const auto rate = [&](double mean, double sigma) {
    return BitRate{kBitsPerKilobyte * sample({Draw::Kind::normal, mean, sigma}, stream, mean / 10)};
  };
  link.down = rate(user.down, user.down_sigma);
  link.up = rate(user.up, user.up_sigma);
}

}  // namespace fedtide
