// Links whose rates are drawn from distributions given in the experiment.

#include "sim/config/sample.h"
#include "sim/fleet/device.h"
#include "sim/fleet/link_path.h"

namespace fedtide {
namespace {

class DrawnLinks final : public LinkModel {
 public:
  DrawnLinks(RateDraws rates, Draw latency, NoiseDraws noise) : rates_(rates), latency_(latency), noise_(noise) {}
  Link link(std::uint64_t seed, ClientId client) const override {
    Stream stream(seed, Purpose::link, client);
    Link link;
    rates_.apply(stream, link);
    link.latency = Duration::from_seconds(sample(latency_, stream));
    noise_.apply(stream, link);
    return link;
  }

 private:
  RateDraws rates_;
  Draw latency_;
  NoiseDraws noise_;
};

const Registration<LinkEntry> drawn{
    {{"drawn", "rates and latency from distributions", ""}, [](Section& s) -> std::unique_ptr<LinkModel> {
       const RateDraws rates = RateDraws::read(s);
       const Draw latency = read_latency(s);
       return std::make_unique<DrawnLinks>(rates, latency, NoiseDraws::read(s));
     }}};

}  // namespace
}  // namespace fedtide
