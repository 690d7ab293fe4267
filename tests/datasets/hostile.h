#pragma once
// What damage does to the reader of a format: every cut, every changed byte, and how much memory it takes.

#include <sys/resource.h>

#include <cstdint>
#include <string>

#include "tests/datasets/helpers.h"

namespace fedtide {

inline ByteString bytes_of(const std::string& text) { return {text.begin(), text.end()}; }

/// `read(bytes)` must refuse the file cut after any byte.
template <class Read>
void check_cuts(const ByteString& good, Read read) {
  for (std::size_t size = 0; size < good.size(); ++size) {
    INFO("cut after " << size << " of " << good.size());
    const ByteString cut(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size));
    CHECK(said_by([&] { read(cut); }).code == ExitCode::data_damaged);
  }
}

/// Changes each byte in several ways: `read` must refuse it as damaged or return. Returns how often it was refused.
template <class Read>
int check_changes(const ByteString& good, Read read) {
  int refused = 0;
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (const int change : {0x01, 0x10, 0x80, 0xff}) {
      ByteString bad = good;
      bad[i] = static_cast<std::uint8_t>(bad[i] ^ change);
      const Said said = said_by([&] { read(bad); });
      if (said.code == ExitCode::done) continue;
      ++refused;
      if (said.code != ExitCode::data_damaged || said.message.empty()) {
        FAIL_CHECK("byte " << i << " changed by " << change << ": " << said);
      }
    }
  }
  return refused;
}

/// kB by which the peak of memory rose.
template <class Run>
long peak_growth(Run run) {
  rusage before{}, after{};
  getrusage(RUSAGE_SELF, &before);
  run();
  getrusage(RUSAGE_SELF, &after);
  return after.ru_maxrss - before.ru_maxrss;
}

}  // namespace fedtide
