#include "sim/federation/serverless.h"

#include <fmt/format.h>

#include <typeinfo>

namespace fedtide {

std::string needs_server(const Method& method, const std::string& protocol) {
  const Traits traits = method.traits();
  if (traits.pooled) return "";  // it is run without any protocol
  const auto message = [&](const char* why) {
    return fmt::format("does not run with the protocol {}: {}; choose fedavg or fedprox, or a protocol with one server",
                       protocol, why);
  };
  if (traits.stateful) return message("its clients keep state that belongs to one line of models");
  if (traits.broadcast_size(1) > 0 || traits.extra_size(1) > 0) return message("it sends more than models");
  const Algorithm<float> algorithm = method.make_float({1, 1});
  // A server half of a class of its own is one that does something else.
  const ServerHalf<float>& server = *algorithm.server;
  if (typeid(server) != typeid(ServerHalf<float>)) return message("its server does more than take the mean");
  return "";
}

}  // namespace fedtide
