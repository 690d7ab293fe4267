#include "sim/config/draws.h"

namespace fedtide {

std::span<const DrawForm> draw_forms() {
  static const std::vector<DrawForm> forms = {
      {Draw::Kind::constant, "constant", "always the same value", {{"value", &Draw::a, true, true, "the value"}}},
      {Draw::Kind::uniform,
       "uniform",
       "all values between two equally likely",
       {{"low", &Draw::a, true, true, "smallest value"}, {"high", &Draw::b, true, true, "largest value"}}},
      {Draw::Kind::normal,
       "normal",
       "Gaussian",
       {{"mean", &Draw::a, true, true, "mean"}, {"sd", &Draw::b, true, false, "standard deviation"}}},
      {Draw::Kind::lognormal,
       "lognormal",
       "its logarithm is Gaussian",
       {{"median", &Draw::a, true, true, "median"},
        {"sigma", &Draw::b, false, false, "standard deviation of the natural logarithm"}}},
      {Draw::Kind::exponential, "exponential", "memoryless", {{"mean", &Draw::a, true, true, "mean"}}},
  };
  return forms;
}

const DrawForm& form_of(Draw::Kind kind) { return draw_forms()[static_cast<std::size_t>(kind)]; }

std::vector<About> draw_words() {
  std::vector<About> words;
  for (const DrawForm& form : draw_forms()) words.push_back({std::string(form.name), std::string(form.help), ""});
  return words;
}

std::string text_of(const Draw& draw, Unit unit) {
  if (draw.kind == Draw::Kind::constant) return format_quantity(draw.a, unit);
  const DrawForm& form = form_of(draw.kind);
  std::string text(form.name);
  for (const DrawKey& key : form.keys) {
    text += fmt::format(", {} {}", key.name, format_quantity(draw.*key.member, key.has_unit ? unit : Unit::none));
  }
  return text;
}

}  // namespace fedtide
