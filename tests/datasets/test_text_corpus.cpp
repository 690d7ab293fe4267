#include <filesystem>
#include <fstream>

#include "tests/datasets/helpers.h"
#include "tests/fuzz/text_harness.h"

namespace fedtide {
namespace {

TEST_CASE("every file of the corpora of text formats is read or refused") {
  const std::pair<const char*, void (*)(TextBytes)> formats[] = {
      {"csv", &run_csv}, {"libsvm", &run_libsvm}, {"arff", &run_arff}, {"edges", &run_edges}, {"text", &run_text}};
  for (const auto& [name, run] : formats) {
    int files = 0;
    for (const auto& entry :
         std::filesystem::directory_iterator(std::string(FEDTIDE_SOURCE_DIR "/tests/fuzz/corpus/") + name)) {
      INFO(entry.path());
      std::ifstream in(entry.path(), std::ios::binary);
      const ByteString bytes(std::istreambuf_iterator<char>(in), {});
      CHECK_NOTHROW(run(bytes));
      ++files;
    }
    CHECK(files >= 5);
  }
}

}  // namespace
}  // namespace fedtide
