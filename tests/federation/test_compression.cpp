// Compressed runs: what the network carries, what arrives, what clients remember, and what cannot be combined.

#include "sim/experiment/explain.h"
#include "tests/catch.h"
#include "tests/support/codec.h"
#include "tests/support/interruption.h"
#include "tests/support/lawful.h"
#include "tests/support/registered.h"

using namespace fedtide;
using namespace fedtide::testing;

namespace {

std::string message_of(const std::vector<std::string>& overrides, const char* yaml = kOneSecondTurns) {
  try {
    play_text(yaml, overrides);
  } catch (const std::exception& e) {
    return e.what();
  }
  return "ran";
}

bool has(const std::string& text, const std::string& part) {
  INFO(text);
  CHECK(text.find(part) != std::string::npos);
  return text.find(part) != std::string::npos;
}

Vector<float> vector(std::initializer_list<float> values) {
  return Eigen::Map<const Vector<float>>(values.begin(), static_cast<Index>(values.size()));
}

Compression compression_of(const std::string& up, ErrorFeedback feedback) {
  Compression c;
  c.up = read_codec(up);
  c.down = read_codec("{codec: plain}");
  c.feedback = feedback;
  return c;
}

const Stream kStream(1, Purpose::codec);

}  // namespace

TEST_CASE("plain is the default, and changes nothing") {
  const Played without = play_text(kStormy);
  const Played with = play_text(kStormy, {"compression={up: {codec: plain}, down: {codec: plain}}"});
  REQUIRE(with.bits() == without.bits());
}

TEST_CASE("law: with every codec a run obeys all laws, carries the encoded bytes, and threads leave no trace") {
  for (const std::string& name : registered<CodecEntry>()) {
    INFO(name);
    const std::vector<std::string> words = {"compression.up.codec=" + name};
    const Played p = play_text(kStormy, words);
    REQUIRE(broken_laws(p.memory) == "");
    REQUIRE(p.result.weights->allFinite());
    const Index d = p.result.weights->size();
    int reported = 0;
    for (const ClientTrace& turn : p.memory.turns) {
      if (turn.outcome != Outcome::reported) continue;
      ++reported;
      REQUIRE(turn.spent.bytes_up == read_codec("{codec: " + name + "}")->bytes(d).count);
      REQUIRE(turn.spent.bytes_down == 4 * d);
    }
    REQUIRE(reported > 50);
    for (const std::string threads : {"2", "8"}) {
      REQUIRE(play_text(kStormy, {words[0], "execution.threads=" + threads}).bits() == p.bits());
    }
  }
}

TEST_CASE("the model goes down as the codec leaves it, and its bytes are counted") {
  for (const std::string codec : {"{codec: linear, bits: 8}", "{codec: natural}"}) {
    INFO(codec);
    const std::vector<std::string> words = {"compression.down=" + codec};
    const Played p = play_text(kStormy, words);
    REQUIRE(broken_laws(p.memory) == "");
    REQUIRE(p.bits() != play_text(kStormy).bits());
    const std::int64_t size = read_codec(codec)->bytes(p.result.weights->size()).count;
    REQUIRE(size < 2 * p.result.weights->size());
    int reported = 0;
    for (const ClientTrace& turn : p.memory.turns) {
      if (turn.outcome != Outcome::reported) continue;
      REQUIRE(turn.spent.bytes_down == size);
      ++reported;
    }
    REQUIRE(reported > 50);
    REQUIRE(play_text(kStormy, {words[0], "execution.threads=8"}).bits() == p.bits());
  }
}

TEST_CASE("clients that train at a learning rate of nearly nothing send back the model's own error of 0") {
  // The delta is against what they received, not against the server's model: the server's stays where it is.
  const Played p = play_text(kOneSecondTurns, {"training.optimizer.lr=1e-30", "compression.down={codec: natural}"});
  const Played still = play_text(kOneSecondTurns, {"training.optimizer.lr=1e-30", "stop.rounds=1"});
  REQUIRE((*p.result.weights - *still.result.weights).cwiseAbs().maxCoeff() < 1e-20);
}

TEST_CASE("what a method sends beside the delta goes as 32-bit floats") {
  const Played p = play_text(kOneSecondTurns, {"algorithm.name=scaffold", "compression.up={codec: sign}"});
  const Index d = p.result.weights->size();
  for (const ClientTrace& turn : p.memory.turns) {
    if (turn.outcome == Outcome::reported)
      REQUIRE(turn.spent.bytes_up == read_codec("{codec: sign}")->bytes(d).count + 4 * d);
  }
}

TEST_CASE("ef14: what is sent and what is kept add up to what was computed") {
  const Compression c = compression_of("{codec: top_k, fraction: 0.25}", ErrorFeedback::ef14);
  ClientOutput<float> out;
  out.delta = vector({1, 4, -2, 3});
  send_up(c, kStream, nullptr, out);
  REQUIRE(out.delta == vector({0, 4, 0, 0}));
  REQUIRE(*out.state == vector({1, 0, -2, 3}));  // e
  const SharedVector<float> e = out.state;
  out = {};
  out.delta = vector({1, 1, -1, -1});  // p = (2, 1, -3, 2)
  send_up(c, kStream, e.get(), out);
  REQUIRE(out.delta == vector({0, 0, -3, 0}));
  REQUIRE(*out.state == vector({2, 1, 0, 2}));
}

TEST_CASE("ef21: the server adds up what it is sent, and a delta that stays the same is reached") {
  const Compression c = compression_of("{codec: top_k, fraction: 0.25}", ErrorFeedback::ef21);
  SharedVector<float> g;
  for (const auto& right : {vector({0, 4, 0, 0}), vector({0, 4, 0, 3}), vector({0, 4, -2, 3}), vector({1, 4, -2, 3})}) {
    ClientOutput<float> out;
    out.delta = vector({1, 4, -2, 3});
    send_up(c, kStream, g.get(), out);
    g = out.state;
    REQUIRE(out.delta == right);
    REQUIRE(*g == right);
  }
}

TEST_CASE("a codec's memory lies behind the method's state and leaves it as it is") {
  const Compression c = compression_of("{codec: top_k, fraction: 0.5}", ErrorFeedback::ef14);
  ClientOutput<float> out;
  out.delta = vector({5, 1});
  out.state = std::make_shared<const Vector<float>>(vector({7, 8, 9}));
  send_up(c, kStream, nullptr, out);
  REQUIRE(*out.state == vector({7, 8, 9, 0, 1}));
  REQUIRE(method_state(*out.state, c, 2).size() == 3);
  const SharedVector<float> before = out.state;
  out.delta = vector({0, 1});
  out.state = nullptr;  // it keeps what it had
  send_up(c, kStream, before.get(), out);
  REQUIRE(out.delta == vector({0, 2}));
  REQUIRE(*out.state == vector({7, 8, 9, 0, 0}));
}

TEST_CASE("a delta that is not finite reaches the server so, and the memory stays") {
  for (const ErrorFeedback feedback : {ErrorFeedback::none, ErrorFeedback::ef14, ErrorFeedback::ef21}) {
    const Compression c = compression_of("{codec: top_k, fraction: 0.5}", feedback);
    const Vector<float> memory = vector({1, 2});
    ClientOutput<float> out;
    out.delta = vector({NAN, 1});
    send_up(c, kStream, &memory, out);
    REQUIRE(!out.delta.allFinite());
    REQUIRE(out.state == nullptr);
  }
}

TEST_CASE("feedback of a codec that keeps everything changes nothing that is learned") {
  for (const std::string feedback : {"ef14", "ef21"}) {
    for (const std::string algorithm : {"fedavg", "scaffold"}) {
      const std::string name = "algorithm.name=" + algorithm;
      const Played plain = play_text(kOneSecondTurns, {name});
      const Played fed = play_text(
          kOneSecondTurns, {name, "compression.up={codec: top_k, fraction: 1, error_feedback: " + feedback + "}"});
      INFO(feedback << " " << algorithm);
      REQUIRE((*fed.result.weights - *plain.result.weights).norm() <= 1e-5 * plain.result.weights->norm());
      if (feedback == "ef14") REQUIRE(*fed.result.weights == *plain.result.weights);
    }
  }
}

TEST_CASE("a compressed run that is taken up again has the same bits, clients' memories too") {
  const auto some = [](std::uint64_t entries, bool round) { return round ? entries % 3 == 0 : entries % 23 == 11; };
  for (const std::string& compression :
       {std::string("{up: {codec: top_k, error_feedback: ef14}, down: {codec: linear}}"),
        std::string("{up: {codec: sign, error_feedback: ef21}}"), std::string("{up: {codec: qsgd}}")}) {
    for (const std::string algorithm : {"fedavg", "scaffold", "feddyn"}) {
      INFO(compression << " " << algorithm);
      const std::vector<std::string> words = {"algorithm.name=" + algorithm, "compression=" + compression,
                                              "stop.rounds=6"};
      REQUIRE(require_same_bits_after_resuming(kStormy, words, some) >= 2);
    }
  }
}

TEST_CASE("every method and every protocol with updates runs compressed, every other one says why not") {
  const std::string compression =
      "compression={up: {codec: top_k, fraction: 0.2, error_feedback: ef14}, down: {codec: linear, bits: 8}}";
  int ran = 0;
  for (const std::string& name : registered<AlgorithmEntry>()) {
    INFO(name);
    const std::string message = message_of({"algorithm.name=" + name, compression, "stop.rounds=3"});
    ran += message == "ran" ? 1 : 0;
    if (message == "ran" || message.find(name + " does not work with the model softmax: ") != std::string::npos)
      continue;
    const bool pooled = message.find(name + " trains in one place and sends nothing; remove it") != std::string::npos;
    const bool in_parts =
        message.find("compression: " + name +
                     " sends parts of a model or several of them, and "
                     "codecs here are for one whole model; choose another algorithm, or plain") != std::string::npos;
    INFO(message);
    REQUIRE((pooled || in_parts));
  }
  REQUIRE(ran >= 12);
  for (const std::string protocol :
       {"synchronous, cohort: 4", "buffered, concurrency: 4, buffer: 2", "tiered", "check_in, cohort: 4, every: 5 s"}) {
    INFO(protocol);
    REQUIRE(message_of({"protocol={name: " + protocol + "}", compression, "stop.rounds=3"}) == "ran");
  }
  for (const std::string protocol :
       {"gossip", "asynchronous_gossip", "cyclic", "hierarchical, levels: [{groups: 2, rounds: 2}]"}) {
    const std::string message = message_of({"protocol={name: " + protocol + "}", compression, "stop.rounds=3"});
    REQUIRE(has(message, "does not run with the protocol " + protocol.substr(0, protocol.find(',')) + ","));
    REQUIRE(has(message, "choose a protocol with one server, or plain"));
  }
}

TEST_CASE("explain says the bytes that a compressed run then sends") {
  const std::vector<std::string> words = {"compression={up: {codec: qsgd, bits: 3}, down: {codec: linear, bits: 8}}",
                                          "fleet.availability={model: always}", "fleet.dropout.probability=0",
                                          "protocol={name: synchronous, cohort: 60}"};
  ExperimentConfig config = read_text_experiment(kStormy, words);
  const Explanation told = explain(config, 1000000);
  const Played p = play_text(kStormy, words);
  const double rounds = static_cast<double>(p.memory.rounds.size());
  REQUIRE(told.bytes_up == Approx(static_cast<double>(p.memory.rounds.back().total_bytes_up) / rounds));
  REQUIRE(told.bytes_down == Approx(static_cast<double>(p.memory.rounds.back().total_bytes_down) / rounds));
  const Index d = p.result.weights->size();
  REQUIRE(told.bytes_up ==
          Approx(told.holders * static_cast<double>(read_codec("{codec: qsgd, bits: 3}")->bytes(d).count)));
}

TEST_CASE("what a codec cannot do is said, with what to choose") {
  REQUIRE(
      has(message_of({"compression.down={codec: top_k}"}),
          "compression.down: a model of 50 weights that comes through top_k may be off by 0.94 times its own squared "
          "norm, at most 0.25 is of use to start from; choose linear with 8 bits, natural or plain"));
  REQUIRE(
      has(message_of({"compression.up={codec: random_k, error_feedback: ef14}"}),
          "compression.up.error_feedback: the error of random_k on 50 weights may be 15.7 times the squared norm of "
          "what it encodes"));
  REQUIRE(has(message_of({"compression.up={error_feedback: ef14}"}),
              "compression.up.error_feedback: plain loses nothing to feed back; remove it or choose a codec"));
  REQUIRE(has(message_of({"compression.up={codec: topk}"}),
              "compression.up.codec: unknown value \"topk\"; did you mean "
              "\"top_k\"?"));
  REQUIRE(has(message_of({"compression.up={codec: top_k, fraction: 5 %}"}),
              "compression.up.fraction: must be a number "
              "greater than 0 and at most 1"));
  REQUIRE(has(message_of({"compression.up={codec: qsgd, bits: 1}"}), "compression.up.bits: must be between 2 and 8"));
  REQUIRE(has(message_of({"compression.up={codec: qsgd, bucket: 0}"}),
              "compression.up.bucket: must be between 1 and "
              "65536"));
  REQUIRE(has(message_of({"compression.down={codec: linear, error_feedback: ef14}"}),
              "compression.down.error_feedback: "
              "unknown key"));
}
