#include "sim/federation/compression.h"

#include <fmt/format.h>

#include <vector>

namespace fedtide {
namespace {

// A model that arrives with a larger error, as a share of its own squared norm, is no use to start from.
constexpr double kMostModelError = 0.25;

/// Its method's part, and the memory behind it.
SharedVector<float> joined(const SharedVector<float>& method, std::span<const float> kept, Vector<float> memory) {
  const Index d = memory.size();
  const Index size = method ? method->size() : static_cast<Index>(kept.size());
  if (size == 0) return std::make_shared<const Vector<float>>(std::move(memory));
  Vector<float> both(size + d);
  both.head(size) = method ? *method : Eigen::Map<const Vector<float>>(kept.data(), size);
  both.tail(d) = memory;
  return std::make_shared<const Vector<float>>(std::move(both));
}

}  // namespace

std::pair<std::string, std::string> Compression::mismatch(Index d) const {
  const double loss = up->fidelity(d).error;
  if (remembers() && loss >= 1) {
    return {
        "compression.up.error_feedback",
        fmt::format("the error of {} on {} weights may be {:.3g} times the squared norm of what it encodes, so what "
                    "is kept of it grows from turn to turn; a codec needs less than 1: choose top_k or sign, or "
                    "more bits",
                    up_name, d, loss)};
  }
  const double model_error = down->fidelity(d).error;
  if (model_error > kMostModelError) {
    return {"compression.down",
            fmt::format("a model of {} weights that comes through {} may be off by {:.3g} times its own squared norm, "
                        "at most {} is of use to start from; choose linear with 8 bits, natural or plain",
                        d, down_name, model_error, kMostModelError)};
  }
  return {};
}

Compression read_compression(Section& s) {
  Compression c;
  const auto codec = [](Section& x, std::string& name, std::shared_ptr<const Codec>& into, const char* help) {
    x.choose_from<CodecEntry>("codec", "plain", help, [&](const CodecEntry& entry) {
      name = entry.about.name;
      into = entry.read(x);
    });
  };
  s.section("up", "of what clients send", [&](Section& x) {
    codec(x, c.up_name, c.up, "how a delta is encoded");
    const std::string feedback =
        x.word("error_feedback",
               {.fallback = "none",
                .options = {{"none", "what the codec loses is lost", ""},
                            {"ef14", "what it loses is added to the client's next delta",
                             "Seide et al., Interspeech 2014; Karimireddy et al., ICML 2019"},
                            {"ef21", "only the difference to the last delta is sent, and both sides add it up",
                             "Richtarik et al., NeurIPS 2021"}},
                .help = "what a client does about the codec's error",
                .source = ""});
    c.feedback = feedback == "ef14"   ? ErrorFeedback::ef14
                 : feedback == "ef21" ? ErrorFeedback::ef21
                                      : ErrorFeedback::none;
    if (c.remembers() && c.up && c.up->lossless()) {
      x.reject("error_feedback", fmt::format("{} loses nothing to feed back; remove it or choose a codec", c.up_name));
    }
  });
  s.section("down", "of the model that the server sends",
            [&](Section& x) { codec(x, c.down_name, c.down, "how a model is encoded"); });
  return c;
}

void transmit(const Codec& codec, Stream stream, Vector<float>& v) {
  if (codec.lossless() || v.size() == 0 || !is_finite(v)) return;
  const std::span<float> values(v.data(), static_cast<std::size_t>(v.size()));
  std::vector<std::byte> bytes(static_cast<std::size_t>(codec.bytes(v.size()).count));
  codec.encode(values, stream, bytes);
  codec.decode(bytes, stream, values);
}

SharedVector<float> received(const Codec& codec, Stream stream, const SharedVector<float>& model) {
  if (codec.lossless()) return model;
  Vector<float> copy = *model;
  transmit(codec, stream, copy);
  return std::make_shared<const Vector<float>>(std::move(copy));
}

std::span<const float> method_state(const Vector<float>& state, const Compression& compression, Index d) {
  const Index size = state.size() - (compression.remembers() ? d : 0);
  return {state.data(), static_cast<std::size_t>(size)};
}

void send_up(const Compression& compression, Stream stream, const Vector<float>* before, ClientOutput<float>& output) {
  Vector<float>& delta = output.delta;
  // A delta that is not finite reaches the server so, and the client's memory stays what it was.
  if (!compression.remembers() || !is_finite(delta)) return transmit(*compression.up, stream, delta);
  const Index d = delta.size();
  const std::span<const float> kept = before ? method_state(*before, compression, d) : std::span<const float>();
  Vector<float> memory = before ? Vector<float>(before->tail(d)) : Vector<float>::Zero(d);
  if (compression.feedback == ErrorFeedback::ef14) {
    memory += delta;
    delta = memory;
    transmit(*compression.up, stream, delta);
    memory -= delta;
  } else {
    delta -= memory;
    transmit(*compression.up, stream, delta);
    memory += delta;
    delta = memory;
  }
  output.state = joined(output.state, kept, std::move(memory));
}

}  // namespace fedtide
