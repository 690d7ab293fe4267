#include "sim/record/trace_sample.h"

#include "sim/base/distributions.h"
#include "sim/base/random.h"

namespace fedtide {

bool is_traced(std::uint64_t seed, ClientId client, double share) {
  if (share >= 1) return true;
  Stream stream(seed, Purpose::trace, client);
  return uniform(stream) < share;
}

}  // namespace fedtide
