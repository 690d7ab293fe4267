#include "sim/config/draws.h"

namespace fedtide {

std::span<const DrawForm> draw_forms() {
  using Role = DrawKey::Role;
  static const std::vector<DrawForm> forms = {
      {Draw::Kind::constant,
       "constant",
       "always the same value",
       {{"value", &Draw::a, true, Role::location, "the value"}}},
      {Draw::Kind::uniform,
       "uniform",
       "all values between two equally likely",
       {{"low", &Draw::a, true, Role::location, "smallest value"},
        {"high", &Draw::b, true, Role::location, "largest value"}}},
      {Draw::Kind::normal,
       "normal",
       "Gaussian",
       {{"mean", &Draw::a, true, Role::location, "mean"}, {"sd", &Draw::b, true, Role::spread, "standard deviation"}}},
      {Draw::Kind::lognormal,
       "lognormal",
       "its logarithm is Gaussian",
       {{"median", &Draw::a, true, Role::location, "median"},
        {"sigma", &Draw::b, false, Role::spread, "standard deviation of the natural logarithm"}}},
      {Draw::Kind::exponential, "exponential", "memoryless", {{"mean", &Draw::a, true, Role::location, "mean"}}},
      {Draw::Kind::half_normal,
       "half_normal",
       "the absolute value of a Gaussian of mean 0",
       {{"mean", &Draw::a, true, Role::location, "mean; sqrt(2 / pi) standard deviations of the Gaussian"}}},
      {Draw::Kind::pareto,
       "pareto",
       "a power law from a smallest value on",
       {{"smallest", &Draw::a, true, Role::location, "smallest value"},
        {"shape", &Draw::b, false, Role::shape, "exponent of the tail: above 1 there is a mean, above 2 a variance"}}},
  };
  return forms;
}

const Bounds& bounds_of(const DrawKey& key, const Bounds& quantity) {
  static const Bounds spread = non_negative(), shape = positive();
  switch (key.role) {
    case DrawKey::Role::spread:
      return spread;
    case DrawKey::Role::shape:
      return shape;
    default:
      return quantity;
  }
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
