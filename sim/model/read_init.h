#pragma once
// The key `init:` of models and layers.

#include <string>
#include <string_view>

#include "sim/config/section.h"
#include "sim/model/initialize.h"

namespace fedtide {

inline Init init_of(std::string_view word) {
  if (word == "glorot") return Init::glorot;
  if (word == "lecun") return Init::lecun;
  return word == "zeros" ? Init::zeros : Init::he;
}

inline Init read_init(Section& section, std::string fallback) {
  return init_of(section.word("init", Words{std::move(fallback),
                                            {{"glorot", "uniform in +-sqrt(6 / (in + out))", "Glorot and Bengio 2010"},
                                             {"he", "uniform in +-sqrt(6 / in)", "He et al. 2015"},
                                             {"lecun", "uniform in +-1 / sqrt(in)", "PyTorch's default"}},
                                            "first weights; biases start at 0",
                                            ""}));
}

}  // namespace fedtide
