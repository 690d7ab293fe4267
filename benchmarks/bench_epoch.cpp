// Our side of benchmarks/peers: local training of one model, as many times as its standard input asks.
//
// bench_epoch MODEL [--batch 10] [--threads 1] [--samples 600] [--clients 100] [--local-epochs 5] [--lr 0.05]
//             [--export FOLDER]
//
// A client holds `samples` rows of the data set; each thread takes the next client, starts from the same weights,
// trains `local-epochs` epochs, and goes on to the next. It prints one line of JSON when it is ready and one for each
// line of its input:
//   check   the first client's training from the first weights: loss and accuracy of its last epoch and on test samples
//   run N   N clients on each thread: samples, CPU seconds, begin and end on the machine's monotonic clock
// --export writes what a peer needs to do the same work, and the weights before and after five steps.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <numeric>
#include <sstream>
#include <thread>

#include "benchmarks/support/clocks.h"
#include "benchmarks/support/export.h"
#include "benchmarks/support/workload.h"
#include "sim/learn/solver.h"

namespace {

using namespace fedtide;
using namespace fedtide::bench;

constexpr std::uint32_t kTestSamples = 1000;

struct Arguments {
  std::string model;
  std::string folder;  ///< to export to; empty: nothing
  int batch = 10;
  int threads = 1;
  std::uint32_t samples = 600;
  std::uint32_t clients = 100;
  int local_epochs = 5;
  double lr = 0.05;
};

class Bench {
 public:
  Bench(const Arguments& arguments, const Workload& data, const Model<float>& model)
      : arguments_(arguments),
        data_(data),
        model_(model),
        rows_(std::size_t{arguments.clients} * arguments.samples),
        memory_(static_cast<std::size_t>(arguments.threads)) {
    std::iota(rows_.begin(), rows_.end(), 0u);
    solver_.batch_size = arguments.batch;
    solver_.lr = arguments.lr;
  }

  void check() {
    Vector<float> w;
    const Score last = train(0, 0, w);
    std::vector<std::uint32_t> test(std::min(kTestSamples, data_.test->size()));
    std::iota(test.begin(), test.end(), 0u);
    const Score score = evaluate_rows(model_, *data_.test, test, w, memory_[0]);
    answer(R"("train_loss": {:.6f}, "train_accuracy": {:.6f}, "test_loss": {:.6f}, "test_accuracy": {:.6f})",
           last.loss(), last.accuracy(), score.loss(), score.accuracy());
  }

  void run(int clients) {
    const double cpu = process_seconds(), begin = wall_seconds();
    std::vector<std::thread> others;
    for (std::size_t worker = 1; worker < memory_.size(); ++worker) {
      others.emplace_back([this, worker, clients] { train_clients(worker, clients); });
    }
    train_clients(0, clients);
    for (std::thread& other : others) other.join();
    const double end = wall_seconds();
    const double samples = static_cast<double>(arguments_.samples) * arguments_.local_epochs * clients *
                           static_cast<double>(memory_.size());
    answer(R"("samples": {}, "cpu_seconds": {:.6f}, "begin": {:.6f}, "end": {:.6f})", samples, process_seconds() - cpu,
           begin, end);
  }

  template <class... Values>
  void answer(fmt::format_string<Values...> format, Values&&... values) const {
    fmt::print("{{{}, \"peak_memory_mb\": {:.1f}}}\n", fmt::format(format, std::forward<Values>(values)...),
               peak_memory());
    std::fflush(stdout);
  }

 private:
  /// A client's local training from the first weights; the score of its last epoch.
  Score train(std::size_t worker, std::uint32_t turn, Vector<float>& w) {
    const std::uint32_t client = turn % arguments_.clients;
    const auto rows =
        std::span<const std::uint32_t>(rows_).subspan(std::size_t{client} * arguments_.samples, arguments_.samples);
    w = first_;
    Score last;
    for (int epoch = 0; epoch < arguments_.local_epochs; ++epoch) {
      const Stream stream(1, Purpose::batches, turn, static_cast<std::uint32_t>(epoch));
      last = local_sgd(model_, ClientData{data_.train.get(), rows}, solver_, 0, stream, w, memory_[worker]).score;
    }
    return last;
  }

  void train_clients(std::size_t worker, int clients) {
    Vector<float> w;
    for (int i = 0; i < clients; ++i) {
      train(worker,
            static_cast<std::uint32_t>(i) * static_cast<std::uint32_t>(memory_.size()) +
                static_cast<std::uint32_t>(worker),
            w);
    }
  }

  const Arguments& arguments_;
  const Workload& data_;
  const Model<float>& model_;
  SolverSpec solver_;
  std::vector<std::uint32_t> rows_;
  std::vector<SolverMemory<float>> memory_;
  const Vector<float> first_ = model_.initial_weights(Stream(1, Purpose::model_init));
};

int serve(const Arguments& arguments) {
  const Preset* preset = find_preset(arguments.model);
  if (preset == nullptr) {
    std::string all;
    for (const Preset& known : presets()) all += " " + known.label;
    fmt::print(stderr, "bench_epoch: no model preset is called {}; there are:{}\n", arguments.model, all);
    return 2;
  }
  const Workload data = load_workload(preset->data);
  if (std::uint64_t{arguments.clients} * arguments.samples > data.train->size()) {
    fmt::print(stderr, "bench_epoch: {} clients of {} samples are more than the data set's {}\n", arguments.clients,
               arguments.samples, data.train->size());
    return 2;
  }
  const auto model = make_model(*preset, data.train->shape());
  if (!model) return 3;
  if (!arguments.folder.empty()) {
    export_workload(arguments.folder, data, arguments.clients * arguments.samples, kTestSamples);
    export_steps(arguments.folder, *model, data, arguments.batch, arguments.lr);
  }
  Bench bench(arguments, data, *model);
  bench.answer(R"("ready": "{}", "weights": {}, "training_flops": {:.6g}, "data": "{}")", preset->label, model->size(),
               model->training_flops(), data.description);
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string verb;
    int clients = 0;
    words >> verb >> clients;
    if (verb == "check") {
      bench.check();
    } else if (verb == "run" && clients > 0) {
      bench.run(clients);
    } else {
      fmt::print(stderr, "bench_epoch: \"{}\" is neither \"check\" nor \"run N\"\n", line);
      return 2;
    }
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  CLI::App app{"local training of one model, for benchmarks/peers"};
  app.add_option("model", arguments.model, "label of a preset")->required();
  app.add_option("--batch", arguments.batch, "samples of a step")->check(CLI::PositiveNumber);
  app.add_option("--threads", arguments.threads, "clients trained at once")->check(CLI::PositiveNumber);
  app.add_option("--samples", arguments.samples, "samples of a client")->check(CLI::PositiveNumber);
  app.add_option("--clients", arguments.clients, "different clients")->check(CLI::PositiveNumber);
  app.add_option("--local-epochs", arguments.local_epochs, "epochs from the first weights")->check(CLI::PositiveNumber);
  app.add_option("--lr", arguments.lr, "learning rate")->check(CLI::PositiveNumber);
  app.add_option("--export", arguments.folder, "folder for data and the weights after five steps");
  CLI11_PARSE(app, argc, argv);
  set_cache_sizes();
  return serve(arguments);
}
