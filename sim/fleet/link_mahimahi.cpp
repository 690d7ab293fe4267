// Links with the mean rates of measured rate traces.

#include <string>

#include "sim/config/sample.h"
#include "sim/files/path.h"
#include "sim/fleet/device.h"
#include "sim/fleet/link_path.h"
#include "sim/fleet/mahimahi.h"

namespace fedtide {
namespace {

class MeanOfTrace final : public LinkModel {
 public:
  MeanOfTrace(BitRate down, BitRate up, Draw latency, NoiseDraws noise)
      : down_(down), up_(up), latency_(latency), noise_(noise) {}
  Link link(std::uint64_t seed, ClientId client) const override {
    Stream stream(seed, Purpose::link, client);
    Link link;
    link.down = down_;
    link.up = up_;
    link.latency = Duration::from_seconds(sample(latency_, stream));
    noise_.apply(stream, link);
    return link;
  }

 private:
  BitRate down_, up_;
  Draw latency_;
  NoiseDraws noise_;
};

std::unique_ptr<LinkModel> read(Section& s) {
  const auto path = [&](const char* key, const char* help) { return s.text(key, {std::nullopt, help, ""}); };
  const std::string down = path("down_trace", "trace of the way down, plain or .gz; relative to the config file");
  const std::string up = path("up_trace", "trace of the way up, plain or .gz; relative to the config file");
  const Draw latency = read_latency(s);
  const NoiseDraws noise = NoiseDraws::read(s);
  if (s.describing() || down.empty() || up.empty()) return nullptr;
  const auto mean = [&](const std::string& file) {
    return MahimahiTrace::read(ContentReader::open(resolve_path(file, s.folder()))).mean_rate();
  };
  const BitRate down_rate = mean(down);
  return std::make_unique<MeanOfTrace>(down_rate, mean(up), latency, noise);
}

const Registration<LinkEntry> mahimahi{
    {{"mahimahi", "the mean rates of two rate traces of mahimahi's format", "Netravali et al., USENIX ATC 2015"},
     read}};

}  // namespace
}  // namespace fedtide
