// The fuzzer's corpus of checkpoints as a normal test: as they are, cut off, and with bytes changed.

#include "tests/catch.h"
#include "tests/fuzz/checkpoint_harness.h"
#include "tests/record/support.h"

using namespace fedtide;

TEST_CASE("whatever a checkpoint's content is, it is read or refused") {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(FEDTIDE_SOURCE_DIR "/tests/fuzz/corpus/checkpoint")) {
    const std::string text = text_of(entry.path());
    const auto run = [](const std::string& content) {
      run_checkpoint({reinterpret_cast<const std::uint8_t*>(content.data()), content.size()});
    };
    run(text);
    for (std::size_t size = 0; size < text.size(); ++size) run(text.substr(0, size));
    for (std::size_t at = 0; at < text.size(); ++at) {
      for (const char by : {'\x01', '\x80', '\xff'}) {
        std::string changed = text;
        changed[at] = static_cast<char>(changed[at] ^ by);
        run(changed);
      }
    }
    ++files;
  }
  REQUIRE(files >= 3);
}
