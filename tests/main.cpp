#define CATCH_CONFIG_RUNNER
#include <Eigen/Core>

#include "tests/catch.h"

int main(int argc, char** argv) {
  // As the program does: the bits of a matrix product depend on the cache sizes that Eigen believes in.
  Eigen::setCpuCacheSizes(32 << 10, 256 << 10, 2 << 20);
  return Catch::Session().run(argc, argv);
}
