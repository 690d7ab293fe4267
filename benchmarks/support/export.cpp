#include "benchmarks/support/export.h"

#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>

#include "sim/base/error.h"
#include "sim/learn/solver.h"

namespace fedtide::bench {
namespace {

using Rows = std::span<const std::uint32_t>;
constexpr int kSteps = 5;
constexpr std::size_t kPieceOfRows = 1000;

template <class T>
void write(std::ofstream& file, const T* values, std::size_t count) {
  file.write(reinterpret_cast<const char*>(values), static_cast<std::streamsize>(count * sizeof(T)));
}

std::ofstream open(const std::filesystem::path& path) {
  std::ofstream file(path, std::ios::binary);
  if (!file) throw Failure(ExitCode::no_output, fmt::format("{}: cannot be written", path.string()));
  return file;
}

void write_weights(const std::filesystem::path& path, const Vector<float>& w) {
  std::ofstream file = open(path);
  write(file, w.data(), static_cast<std::size_t>(w.size()));
}

void write_json(const std::filesystem::path& path, const nlohmann::ordered_json& value) {
  open(path) << value.dump(1) << '\n';
}

/// STEM.inputs and STEM.labels.
void write_rows(const std::filesystem::path& folder, const std::string& stem, const Dataset& data, Rows rows) {
  std::ofstream inputs = open(folder / (stem + ".inputs")), labels = open(folder / (stem + ".labels"));
  const InputShape& shape = data.shape();
  const auto features = static_cast<std::size_t>(shape.features());
  Batch<float> batch;
  for (std::size_t begin = 0; begin < rows.size(); begin += kPieceOfRows) {
    const Rows piece = rows.subspan(begin, std::min(kPieceOfRows, rows.size() - begin));
    data.gather(piece, batch);
    if (shape.kind == InputShape::Kind::sequence) {
      write(inputs, batch.tokens.data(), features * piece.size());
    } else {
      write(inputs, batch.dense.data(), features * piece.size());
    }
    write(labels, batch.labels.data(), static_cast<std::size_t>(shape.labels()) * piece.size());
  }
}

std::vector<std::uint32_t> first_rows(std::uint32_t count) {
  std::vector<std::uint32_t> rows(count);
  std::iota(rows.begin(), rows.end(), 0u);
  return rows;
}

}  // namespace

void export_workload(const std::filesystem::path& folder, const Workload& data, std::uint32_t train,
                     std::uint32_t test) {
  std::filesystem::create_directories(folder);
  const InputShape& shape = data.train->shape();
  test = std::min(test, data.test->size());
  write_rows(folder, "train", *data.train, first_rows(train));
  write_rows(folder, "test", *data.test, first_rows(test));
  write_json(folder / "workload.json", {{"kind", shape.kind == InputShape::Kind::sequence ? "text" : "images"},
                                        {"dims", shape.dims},
                                        {"classes", shape.classes},
                                        {"vocabulary", shape.vocabulary},
                                        {"labels", shape.labels()},
                                        {"train", train},
                                        {"test", test},
                                        {"description", data.description}});
}

void export_steps(const std::filesystem::path& folder, const Model<float>& model, const Workload& data, int batch,
                  double lr) {
  std::filesystem::create_directories(folder);
  // One epoch over five batches: the solver's memory then holds the order in which it took them.
  const std::vector<std::uint32_t> shard = first_rows(static_cast<std::uint32_t>(kSteps * batch));
  SolverSpec solver;
  solver.batch_size = batch;
  solver.lr = lr;
  SolverMemory<float> memory;
  Vector<float> w = model.initial_weights(Stream(1, Purpose::model_init));
  write_weights(folder / "steps.before", w);
  const LocalRun run =
      local_sgd(model, ClientData{data.train.get(), shard}, solver, 0, Stream(1, Purpose::batches), w, memory);
  FEDTIDE_REQUIRE(run.work.steps == kSteps, "{} steps in place of {}", run.work.steps, kSteps);
  write_weights(folder / "steps.after", w);
  write_rows(folder, "steps", *data.train, memory.order);
  nlohmann::ordered_json ranges = nlohmann::ordered_json::array();
  for (const WeightRange& range : model.layout().ranges()) {
    ranges.push_back({{"name", range.name}, {"offset", range.offset}, {"shape", range.shape}});
  }
  write_json(folder / "steps.json", {{"lr", lr}, {"batch", batch}, {"steps", kSteps}, {"ranges", ranges}});
}

}  // namespace fedtide::bench
