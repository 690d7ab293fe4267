#include "sim/base/remark.h"

#include <vector>

#include "tests/catch.h"

using namespace fedtide;

TEST_CASE("remarks go to the youngest listener, and to nobody where there is none") {
  remark("nobody listens");
  std::vector<std::string> outer, inner;
  const RemarkListener first([&](const std::string& sentence) { outer.push_back(sentence); });
  remark("a");
  {
    const RemarkListener second([&](const std::string& sentence) { inner.push_back(sentence); });
    remark("b");
  }
  remark("c");
  CHECK(outer == std::vector<std::string>{"a", "c"});
  CHECK(inner == std::vector<std::string>{"b"});
}
