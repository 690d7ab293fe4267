#include <thread>

#include "tests/catch.h"
#include "tests/learn/toy.h"
#include "tests/model/samples.h"

using namespace fedtide;

namespace {

/// So many threads for every part of the work, in no order.
class Threads final : public Parallel {
 public:
  explicit Threads(int threads) : threads_(threads) {}
  int threads() const override { return threads_; }
  void for_each(int n, const std::function<void(int)>& body) const override {
    ++calls;
    std::vector<std::thread> all;
    for (int i = n; i-- > 0;) all.emplace_back([&body, i] { body(i); });
    for (std::thread& thread : all) thread.join();
  }
  mutable int calls = 0;

 private:
  int threads_;
};

struct AddsZero final : StepHook<float> {
  void add(const Vector<float>& w, float, std::int64_t, Vector<float>& step) override {
    step += Vector<float>::Zero(w.size());
  }
};

}  // namespace

TEST_CASE("threads that share a batch leave the bits as they are") {
  const ToyDataset data(20, 4, 2500);
  const auto rows = all_rows(data.size());
  const DenseNetwork<float> model = toy_network<float>(20, 4, {40});
  for (const std::int64_t batch : {64, 65, 200, 1024, 1025, 2500}) {
    SolverSpec spec;
    spec.batch_size = batch;
    spec.epochs = 2;
    const Vector<float> start = model.initial_weights(Stream(1, Purpose::model_init));
    Vector<float> alone = start;
    SolverMemory<float> memory;
    const LocalRun expected =
        local_sgd(model, ClientData{&data, rows}, spec, 0, Stream(1, Purpose::batches), alone, memory);
    for (const int threads : {1, 2, 3, 8}) {
      for (const bool hooked : {false, true}) {
        const Threads helpers(threads);
        SolverMemory<float> shared_memory;
        shared_memory.parallel = &helpers;
        AddsZero hook;
        Vector<float> shared = start;
        const LocalRun run = local_sgd(model, ClientData{&data, rows}, spec, 0, Stream(1, Purpose::batches), shared,
                                       shared_memory, hooked ? &hook : nullptr);
        CAPTURE(batch, threads, hooked);
        CHECK(same_bits(shared, alone));
        CHECK(run.score.loss_sum == expected.score.loss_sum);
        CHECK((helpers.calls > 0) == (threads > 1 && batch > 64));
      }
    }
    Vector<float> g(model.size()), g_shared(model.size());
    const Threads helpers(4);
    SolverMemory<float> shared_memory;
    shared_memory.parallel = &helpers;
    full_gradient(model, ClientData{&data, rows}, start, memory, g);
    full_gradient(model, ClientData{&data, rows}, start, shared_memory, g_shared);
    CHECK(same_bits(g, g_shared));
  }
}
