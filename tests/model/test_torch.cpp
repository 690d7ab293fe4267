// Recurrent networks against PyTorch in float64, where Debian's python3-torch is installed.

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <sys/wait.h>
#include <unistd.h>

#include "tests/catch.h"
#include "tests/model/sequences.h"

using namespace fedtide;

namespace {

constexpr Index kVocabulary = 40, kDims = 8, kHidden = 48, kLayers = 2, kSteps = 30, kCount = 10;
constexpr double kRate = 0.8;

class Scratch {
 public:
  Scratch() {
    std::string name = (std::filesystem::temp_directory_path() / "fedtide-torch-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    folder_ = name;
  }
  ~Scratch() { std::filesystem::remove_all(folder_); }
  std::string file(const char* name) const { return (folder_ / name).string(); }

 private:
  std::filesystem::path folder_;
};

/// The weights after five steps by PyTorch; empty without it.
Vector<double> torch_steps(const char* kind, const Vector<double>& start, const InputShape& shape) {
  const Scratch scratch;
  std::ofstream in(scratch.file("in"), std::ios::binary);
  const auto put = [&in](double value) { in.write(reinterpret_cast<const char*>(&value), sizeof value); };
  for (const double value : start) put(value);
  for (std::uint64_t k = 0; k < 5; ++k) {
    const auto batch = random_tokens<double>(shape, kCount, k);
    for (const auto token : batch.tokens) put(token);
    for (const auto label : batch.labels) put(label);
  }
  in.close();
  const std::string command = fmt::format(
      "OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 /usr/bin/python3 {}/tests/model/torch_recurrent.py {} {} {} {} {} {} "
      "{} {} {} {} "
      "> /dev/null 2>&1",
      FEDTIDE_SOURCE_DIR, kind, kVocabulary, kDims, kHidden, kLayers, kSteps, kCount, kRate, scratch.file("in"),
      scratch.file("out"));
  const int status = std::system(command.c_str());
  if (WEXITSTATUS(status) == 77 || WEXITSTATUS(status) == 127) return {};
  REQUIRE(status == 0);
  std::ifstream out(scratch.file("out"), std::ios::binary);
  Vector<double> w(start.size());
  out.read(reinterpret_cast<char*>(w.data()), static_cast<std::streamsize>(sizeof(double)) * w.size());
  REQUIRE(out.gcount() == static_cast<std::streamsize>(sizeof(double)) * w.size());
  return w;
}

template <class T>
Vector<double> own_steps(const Model<T>& model, const Vector<float>& start, const InputShape& shape) {
  Vector<T> w = start.cast<T>();
  const auto workspace = model.make_workspace(kCount);
  for (std::uint64_t k = 0; k < 5; ++k) {
    model.step(w.data(), random_tokens<T>(shape, kCount, k), static_cast<T>(-kRate / (kCount * kSteps)), *workspace);
  }
  return w.template cast<double>();
}

}  // namespace

TEST_CASE("five steps of an LSTM and a GRU are PyTorch's") {
  const InputShape shape = token_input(kSteps, kVocabulary);
  for (const char* kind : {"lstm", "gru"}) {
    CAPTURE(kind);
    const auto layer = std::string(kind) == "lstm" ? lstm(kHidden) : gru(kHidden);
    const SequenceModelFactory factory(EmbeddingSpec{kDims, 1, {}}, {layer, layer});
    const auto f = factory.make_float(shape);
    const Vector<float> start =
        f->initial_weights(Stream(1, Purpose::model_init)) + random_weights<float>(f->size(), 2, 0.05);
    const Vector<double> torch = torch_steps(kind, start.cast<double>(), shape);
    if (torch.size() == 0) {
      WARN("NOT TESTED: /usr/bin/python3 has no PyTorch (Debian's python3-torch)");
      return;
    }
    const double moved = (torch - start.cast<double>()).norm();
    const double error_d = (own_steps(*factory.make_double(shape), start, shape) - torch).norm() / moved;
    const double error_f = (own_steps(*f, start, shape) - torch).norm() / moved;
    CAPTURE(error_d, error_f);
    CHECK(error_d < 1e-10);
    CHECK(error_f < 3e-5);
  }
}
