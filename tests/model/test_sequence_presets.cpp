#include "sim/config/yaml.h"
#include "sim/config/yaml_section.h"
#include "tests/catch.h"
#include "tests/model/sequences.h"

using namespace fedtide;

namespace {

std::unique_ptr<const Model<float>> preset(const std::string& name, const std::string& text, const InputShape& input) {
  Problems problems;
  const Node root = load_yaml_text(text, "exp.yaml");
  const auto factory =
      read_config(root, problems, [&](Section& s) { return Registry<ModelEntry>::instance().at(name).read(s); });
  return factory->make_float(input);
}

}  // namespace

TEST_CASE("the character LSTM has the 866,578 weights of McMahan et al. with peepholes and 258 characters") {
  CHECK(preset("char_lstm", "peephole: true", token_input(80, 258))->size() == 866578);
}

TEST_CASE("presets for text have the weights that their layers add up to") {
  // 8 V; 4*256*(8 + 256 + 1); 4*256*(256 + 256 + 1); (256 + 1) V.
  CHECK(preset("char_lstm", "", token_input(80, 90))->size() == 720 + 271360 + 525312 + 23130);
  // 3 gates with two biases each.
  CHECK(preset("char_gru", "", token_input(80, 90))->size() == 720 + 3 * 256 * 266 + 3 * 256 * 514 + 23130);
  CHECK(preset("char_lstm", "{embedding: 3, hidden: 5, layers: 1}", token_input(80, 10))->size() ==
        30 + 4 * 5 * 9 + 60);
  CHECK(preset("word_lstm", "", token_input(20, 10000))->size() == 2119976 + 97 * 10000);
  CHECK(preset("word_lstm", "{embedding: 4, hidden: 5, layers: 2}", token_input(20, 10))->size() ==
        40 + 4 * 5 * 10 + 4 * 5 * 11 + 6 * 4 + 10);
}

TEST_CASE("the character LSTM costs three times its forward pass to train") {
  // 2 * 80 * (4*256*(8 + 256) + 4*256*512 + 256*90) = 130,826,240 forward. The embedding is a look-up.
  const auto model = preset("char_lstm", "", token_input(80, 90));
  CHECK(model->inference_flops() == 130826240);
  CHECK(model->training_flops() == 3 * model->inference_flops());
  const auto tied = preset("word_lstm", "", token_input(20, 1000));
  CHECK(tied->training_flops() == 3 * tied->inference_flops());
}

TEST_CASE("a preset for text answers each step, or the last one, as the data set is labeled") {
  const auto each = preset("char_lstm", "{hidden: 4}", token_input(7, 9));
  CHECK(each->labels_per_sample() == 7);
  CHECK(each->outputs() == 63);
  for (const char* name : {"char_lstm", "char_gru", "word_lstm"}) {
    const auto last = preset(name, "{hidden: 4}", token_input(7, 9, false));
    CHECK(last->labels_per_sample() == 1);
    CHECK(last->outputs() == 9);
  }
}

TEST_CASE("keys of a preset for text that cannot be are mistakes of the config") {
  for (const char* bad : {"hidden: 0", "layers: 0", "embedding: 0", "peephole: maybe", "units: 3"}) {
    CAPTURE(bad);
    CHECK_THROWS_AS(preset("char_lstm", bad, token_input(7, 9)), ConfigError);
  }
  CHECK_THROWS_AS(preset("char_gru", "peephole: true", token_input(7, 9)), ConfigError);
}

TEST_CASE("layers for sequences in a list make the same model as a preset") {
  const auto listed = preset("layers",
                             "layers:\n"
                             "  - {layer: embedding, dims: 8}\n"
                             "  - {layer: lstm, units: 256, peephole: true}\n"
                             "  - {layer: lstm, units: 256, peephole: true}\n",
                             token_input(80, 258));
  CHECK(listed->size() == 866578);
  const auto last = preset("layers",
                           "layers:\n"
                           "  - {layer: embedding, dims: 3, deviation: 0.1, padding: 2}\n"
                           "  - {layer: gru, units: 4}\n"
                           "  - {layer: last_step}\n",
                           token_input(80, 10, false));
  CHECK(last->size() == 30 + 3 * 4 * (3 + 4 + 2) + 50);
  CHECK(last->initial_weights(Stream(1, Purpose::model_init)).segment(6, 3).isZero(0));
}
