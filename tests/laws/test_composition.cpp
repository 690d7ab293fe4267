// Every registered method with every protocol, selector and kind of local training: it runs, or is refused with the
// reason.

#include <map>

#include "tests/catch.h"
#include "tests/support/experiment.h"

using namespace fedtide;
using namespace fedtide::testing;

namespace {

template <class Entry>
std::vector<std::string> names_of() {
  std::vector<std::string> names;
  for (const About& about : Registry<Entry>::instance().list()) names.push_back(about.name);
  return names;
}

/// Runs and gives a finite model, or fails with a message that has `refusal` and says what to do.
void require_run_or_reason(const std::string& name, const std::string& refusal,
                           const std::vector<std::string>& overrides, int& ran) {
  std::vector<std::string> all = {"algorithm.name=" + name, "stop.rounds=3"};
  all.insert(all.end(), overrides.begin(), overrides.end());
  INFO(name << " " << overrides.front());
  try {
    const Played p = play_text(kOneSecondTurns, all);
    REQUIRE(p.memory.rounds.size() == 3);
    REQUIRE(p.result.weights->allFinite());
    ++ran;
  } catch (const std::exception& e) {
    INFO(e.what());
    const std::string message = e.what();
    const std::size_t at = message.find(name + refusal);
    REQUIRE(at != std::string::npos);
    REQUIRE(message.find("; ", at) != std::string::npos);
  }
}

}  // namespace

TEST_CASE("law: a method runs with a protocol, or the refusal says why and what to choose") {
  // What those need that have no defaults for ten clients.
  const std::map<std::string, std::string> keys = {{"buffered", ", concurrency: 4, buffer: 2"},
                                                   {"check_in", ", cohort: 4, every: 5 s, minimum_selected: 0.5"},
                                                   {"hierarchical", ", levels: [{groups: 2, rounds: 2}]"}};
  for (const std::string& protocol : names_of<ProtocolEntry>()) {
    int ran = 0;
    const auto more = keys.find(protocol);
    const std::string text = "{name: " + protocol + (more == keys.end() ? "" : more->second) + "}";
    for (const std::string& name : names_of<AlgorithmEntry>()) {
      require_run_or_reason(name, " does not run with the protocol " + protocol + ": ", {"protocol=" + text}, ran);
    }
    INFO(protocol);
    REQUIRE(ran >= 4);  // fedavg, fedprox, fedsgd and centralized run with all
  }
}

TEST_CASE("law: a method runs with a selector") {
  int ran = 0;
  for (const std::string& selector : names_of<SelectorEntry>()) {
    for (const std::string& name : names_of<AlgorithmEntry>()) {
      require_run_or_reason(name, " is not refused", {"selection.name=" + selector}, ran);
    }
  }
  REQUIRE(ran > 0);
}

TEST_CASE("law: a method runs with a local optimizer, or the refusal says why and what to set") {
  for (const std::string optimizer :
       {"{name: sgd, momentum: 0.9}", "{name: sgd, momentum: 0.9, nesterov: true}", "{name: sgd, weight_decay: 0.01}",
        "{name: sgd, clip_norm: 1}", "{name: sgd, clip_value: 1}", "{name: adam}", "{name: adamw}",
        "{name: adagrad}"}) {
    int ran = 0;
    for (const std::string& name : names_of<AlgorithmEntry>()) {
      require_run_or_reason(name, " does not work with this training: ", {"training.optimizer=" + optimizer}, ran);
    }
    INFO(optimizer);
    REQUIRE(ran >= 4);
  }
}
