#include "sim/base/opened_files.h"

#include <thread>

#include "tests/catch.h"

using fedtide::OpenedFiles;
using Paths = std::vector<std::string>;

TEST_CASE("opened files are written down once each, in order, by the youngest listener of their thread") {
  OpenedFiles::note("nobody listens");
  OpenedFiles outer;
  OpenedFiles::note("b");
  {
    OpenedFiles inner;
    OpenedFiles::note("a");
    CHECK(inner.paths() == Paths{"a"});
  }
  OpenedFiles::note("c");
  OpenedFiles::note("b");
  std::thread([] { OpenedFiles::note("another thread's"); }).join();
  CHECK(outer.paths() == Paths{"b", "c"});
}
