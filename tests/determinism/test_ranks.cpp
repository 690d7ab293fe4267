// The same experiment gives the same bits on one rank or several. The ranks are threads here, with the letters that
// MPI would carry.

#include <chrono>
#include <thread>

#include "sim/engine/dispatcher.h"
#include "sim/experiment/ranks.h"
#include "tests/catch.h"
#include "tests/support/experiment.h"
#include "tests/support/local_ranks.h"
#include "tests/support/registered.h"

using namespace fedtide;
using namespace fedtide::testing;

namespace {

/// Takes its time over each round, in which the other ranks come to their turn: the jobs are over in a blink.
struct Slow final : Observer {
  explicit Slow(Memory& kept) : memory(kept) {}
  void on_evaluation(const EvaluationRecord& record) override { memory.on_evaluation(record); }
  void on_round(const RoundRecord& record) override {
    std::this_thread::sleep_for(std::chrono::milliseconds(3));
    memory.on_round(record);
  }
  void on_trace(const ClientTrace& record) override { memory.on_trace(record); }
  void on_end(const RoundRecord& record) override { memory.on_end(record); }
  Memory& memory;
};

struct Ranked {
  Played played;
  PostCount count;
};

/// Rank 0 here; `helper(rank, post)` is each other's.
template <class Helper>
Ranked play_on_ranks(const std::vector<std::string>& overrides, int ranks, const Helper& helper) {
  LocalMail mail(ranks);
  ExperimentConfig config = read_text_experiment(kStormy, overrides);
  Assembly assembly = assemble(config);
  Ranked ranked;
  Slow observer(ranked.played.memory);
  const std::atomic<bool> interrupted{false};
  Helpers helpers;
  for (int rank = 1; rank < ranks; ++rank) {
    helpers.threads.emplace_back([&, rank] {
      Post post(mail.open(rank));
      helper(rank, post);
    });
  }
  Post post(mail.open(0));
  // The run begins when all are ready, for it is over in a blink.
  while (post.count().letters_in + 1 < static_cast<std::uint64_t>(ranks)) std::this_thread::yield();
  const auto stop = [&] {
    for (int rank = 1; rank < ranks; ++rank) post.send(rank, make_letter(LetterKind::stop, 0));
  };
  try {
    ranked.played.result = play(config, assembly, observer, interrupted, {}, &post);
  } catch (...) {
    stop();
    throw;
  }
  ranked.count = post.count();
  stop();
  return ranked;
}

Ranked play_on_ranks(const std::vector<std::string>& overrides, int ranks) {
  return play_on_ranks(overrides, ranks, [&](int, Post& post) {
    ExperimentConfig config = read_text_experiment(kStormy, overrides);
    serve(config, post);
  });
}

const std::vector<std::string> kThreads = {"execution.threads=1", "execution.executor=mpi"};

std::vector<std::string> with_threads(std::vector<std::string> overrides) {
  overrides.insert(overrides.end(), kThreads.begin(), kThreads.end());
  return overrides;
}

}  // namespace

TEST_CASE("every method gives the same bits on ranks") {
  for (const std::string& name : registered<AlgorithmEntry>()) {
    INFO(name);
    const std::vector<std::string> overrides = {"algorithm.name=" + name, "stop.rounds=5"};
    const std::string alone = play_text(kStormy, overrides).bits();
    const Ranked ranked = play_on_ranks(with_threads(overrides), 3);
    REQUIRE(ranked.played.bits() == alone);
    // More than two that are ready: results. Of one job at a time rank 0 may do all.
    if (name != "centralized") REQUIRE(ranked.count.letters_in > 2);
  }
}

TEST_CASE("every protocol gives the same bits on ranks") {
  for (const std::string protocol :
       {"{name: buffered, concurrency: 12, buffer: 5}",
        "{name: hierarchical, levels: [{groups: 4, rounds: 2, rate: 1 Mbit/s, latency: 5 ms}]}", "{name: gossip}",
        "{name: tiered, cohort: 5}"}) {
    INFO(protocol);
    const std::vector<std::string> overrides = {"protocol=" + protocol, "stop.rounds=5"};
    const std::string alone = play_text(kStormy, overrides).bits();
    REQUIRE(play_on_ranks(with_threads(overrides), 2).played.bits() == alone);
  }
}

TEST_CASE("metrics stay where they are, and the rest travels") {
  const std::vector<std::string> overrides = {"evaluate.metrics=[f1, auc]", "data.classes=2"};
  REQUIRE(play_on_ranks(with_threads(overrides), 2).played.bits() == play_text(kStormy, overrides).bits());
}

TEST_CASE("a model version goes to a rank once") {
  const Ranked ranked = play_on_ranks(with_threads({"evaluate.per_client=0", "evaluate.every=100"}), 2);
  REQUIRE(ranked.count.letters_in > 1);
  const double vector = 4.0 * static_cast<double>(ranked.played.result.weights->size());
  // 13 versions of 12 rounds, orders of some hundred bytes each.
  REQUIRE(static_cast<double>(ranked.count.bytes_out) < 13 * (vector + 300) + 300.0 * 12 * 15);
}

TEST_CASE("a rank that holds other data ends the run") {
  const auto other = [&](int, Post& post) {
    ExperimentConfig config = read_text_experiment(kStormy, with_threads({"seed=4"}));
    serve(config, post);
  };
  try {
    play_on_ranks(with_threads({"stop.rounds=100000"}), 2, other);
    FAIL("the run came to its end");
  } catch (const Failure& failure) {
    REQUIRE(failure.code() == ExitCode::data_damaged);
    REQUIRE(std::string(failure.what()) == "rank 1: holds other data than rank 0: give all ranks the same files");
  }
}

TEST_CASE("a rank that fails ends the run with its code") {
  const auto fails = [](int, Post& post) {
    post.send(0, make_letter(LetterKind::failure, 0, pack_error(Failure(ExitCode::no_input, "x.bin: is not there"))));
    while (post.wait().kind() != LetterKind::stop) {
    }
  };
  try {
    play_on_ranks(with_threads({"stop.rounds=100000"}), 2, fails);
    FAIL("the run came to its end");
  } catch (const Failure& failure) {
    REQUIRE(failure.code() == ExitCode::no_input);
    REQUIRE(std::string(failure.what()) == "rank 1: x.bin: is not there");
  }
}

TEST_CASE("ranks agree on the experiment, or refuse") {
  const Standing own = own_standing("aaaa");
  const auto outcome = [&](Standing other) -> std::string {
    LocalMail mail(2);
    Helpers helpers;
    helpers.threads.emplace_back([&] {
      Post post(mail.open(1));
      hear(post, other);
    });
    Post post(mail.open(0));
    std::string text = "agreed";
    try {
      agree(post, own);
    } catch (const Failure& failure) {
      text = failure.what();
      post.send(1, make_letter(LetterKind::stop, 2));
    }
    return text;
  };
  REQUIRE(outcome(own) == "agreed");
  Standing other = own;
  other.host = "node7";
  other.config_hash = "bbbb";
  REQUIRE(outcome(other) ==
          "rank 1 on node7 has another experiment, and results depend on it: bbbb there, aaaa on rank "
          "0; start all ranks with the same");
  other.code = 66;
  other.error = "exp.yaml: is not there";
  REQUIRE(outcome(other) == "rank 1 on node7: exp.yaml: is not there");
}
