#include "tests/catch.h"
#include "tests/learn/point.h"
#include "tests/learn/toy.h"
#include "tests/model/samples.h"

using namespace fedtide;

namespace {

SolverSpec spec_of(const Optimizer& optimizer, std::int64_t steps, double lr) {
  SolverSpec spec;
  spec.optimizer = &optimizer;
  spec.steps = steps;
  spec.batch_size = 10;
  spec.lr = lr;
  return spec;
}

/// Where the quadratic's weights end, from (1.5, 1.5, 1.5) towards e = (0.25, -1, 3).
Vector<double> walk(const SolverSpec& spec) {
  Vector<double> e(3);
  e << 0.25, -1, 3;
  const PointDataset data(e);
  const Quadratic<double> model(3, 1.5);
  const std::vector<std::uint32_t> shard = {0};
  SolverMemory<double> memory;
  Vector<double> w, again;
  for (Vector<double>* x : {&w, &again}) {  // the state starts at 0 in each local training
    *x = model.initial_weights(Stream(1, Purpose::model_init));
    local_sgd(model, ClientData{&data, shard}, spec, 0, batches(), *x, memory);
  }
  CHECK(same_bits(w, again));
  return w;
}

bool near(const Vector<double>& w, std::initializer_list<double> expected) {
  return (w - Eigen::Map<const Vector<double>>(expected.begin(), 3)).cwiseAbs().maxCoeff() < 1e-14;
}

/// A small network trained with float weights.
Vector<float> trained(const SolverSpec& spec) {
  const ToyDataset data(6, 3, 40);
  const auto model = toy_network<float>(6, 3);
  const auto shard = all_rows(40);
  SolverMemory<float> memory;
  Vector<float> w = random_weights<float>(model.size(), 1);
  local_sgd(model, ClientData{&data, shard}, spec, 0, batches(), w, memory);
  return w;
}

}  // namespace

TEST_CASE("optimizers go where PyTorch's go") {
  // /usr/bin/python3, torch 1.13, float64: x = Parameter([1.5] * 3), e = [0.25, -1, 3]; six times
  //   o.zero_grad(); (0.5 * ((x - e) ** 2).sum()).backward(); o.step()
  SolverSpec spec = spec_of(sgd(), 6, 0.1);
  spec.weight_decay = 0.05;
  spec.momentum = 0.9;
  // SGD([x], lr=0.1, momentum=0.9, weight_decay=0.05), then with nesterov=True
  CHECK(near(walk(spec), {-0.134699654265211, -1.676869139421071, 3.25807321307768}));
  spec.nesterov = true;
  CHECK(near(walk(spec), {-0.1152467958030154, -1.639064527692653, 3.237152214354186}));
  // Adam, AdamW([x], lr=0.1, betas=(0.9, 0.99), eps=1e-3, weight_decay=0.05)
  spec = spec_of(adam(), 6, 0.1);
  spec.weight_decay = 0.05;
  spec.beta2 = 0.99;
  spec.epsilon = 1e-3;
  CHECK(near(walk(spec), {0.9097741388549598, 0.903901131074009, 2.09123786383707}));
  spec.optimizer = &adamw();
  CHECK(near(walk(spec), {0.8739134147437362, 0.86711841278432, 2.041392041537984}));
  // Adagrad([x], lr=0.1, eps=1e-3, weight_decay=0.05)
  spec.optimizer = &adagrad();
  CHECK(near(walk(spec), {1.157434796233512, 1.146585334113521, 1.844186465160376}));
  // SGD([x], lr=0.1, momentum=0.9) after torch.nn.utils.clip_grad_value_([x], 1.0)
  spec = spec_of(sgd(), 6, 0.1);
  spec.momentum = 0.9;
  spec.clip_value = 1;
  CHECK(near(walk(spec), {0.02449599999999992, -0.2829690000000002, 3.114372}));
}

TEST_CASE("Adam without memory is sign descent") {
  SolverSpec spec = spec_of(adam(), 6, 0.125);
  spec.beta1 = spec.beta2 = 0;
  spec.epsilon = 1e-300;
  // g / sqrt(g^2) is +-1 exactly: six eighths of a unit down or up.
  CHECK(walk(spec) == (Vector<double>(3) << 0.75, 0.75, 2.25).finished());
}

TEST_CASE("AdaGrad's first step is lr in each direction, its second is shorter by 1 / sqrt(2) at most") {
  // G_1 = g^2: x_1 = x - lr g / (delta + |g|). With g_1 = g and g_2 = g - lr: lr g_2 / sqrt(g_1^2 + g_2^2).
  SolverSpec spec = spec_of(adagrad(), 1, 0.5);
  spec.epsilon = 1e-300;
  CHECK(walk(spec) == (Vector<double>(3) << 1, 1, 2).finished());
  spec.steps = 2;
  const double g1 = 1.25, g2 = 0.75;
  CHECK(walk(spec)[0] == Approx(1 - 0.5 * g2 / std::hypot(g1, g2)).epsilon(1e-15));
}

TEST_CASE("AdamW without weight decay is Adam") {
  SolverSpec spec = spec_of(adam(), 25, 0.01);
  const Vector<float> by_adam = trained(spec);
  spec.optimizer = &adamw();
  CHECK(same_bits(trained(spec), by_adam));
  spec.weight_decay = 0.01;
  CHECK_FALSE(same_bits(trained(spec), by_adam));
  spec.optimizer = &adam();
  CHECK_FALSE(same_bits(trained(spec), by_adam));
}

TEST_CASE("bounds that no gradient reaches change no bit") {
  for (const Optimizer* optimizer : optimizers()) {
    CAPTURE(optimizer->about.name);
    SolverSpec spec = spec_of(*optimizer, 25, 0.01);
    const Vector<float> free = trained(spec);
    spec.clip_norm = spec.clip_value = 1e6;
    CHECK(same_bits(trained(spec), free));
    spec.clip_norm = 1e-3;
    CHECK_FALSE(same_bits(trained(spec), free));
    spec.clip_norm = 1e6;
    spec.clip_value = 1e-3;
    CHECK_FALSE(same_bits(trained(spec), free));
  }
}

TEST_CASE("a clipped gradient has the norm that was asked for, and its direction") {
  Vector<double> step(3), expected(3);
  step << -0.3, -0.4, 0;  // the gradient (3, 4, 0) at rate 0.1
  SolverSpec spec;
  spec.clip_norm = 2;
  expected = step * (2.0 / 5);
  clip_step(spec, 0.1, {{0, 3}}, step);
  CHECK((step - expected).norm() < 1e-15);
  clip_step(spec, 0.1, {{0, 3}}, step);
  CHECK((step - expected).norm() < 1e-15);
  // By value first: (3, 4, 0) -> (1, 1, 0) -> (1, 1, 0) / sqrt(2).
  step << -0.3, -0.4, 0;
  spec.clip_value = 1;
  spec.clip_norm = 1;
  clip_step(spec, 0.1, {{0, 3}}, step);
  expected << -0.1 / std::sqrt(2.0), -0.1 / std::sqrt(2.0), 0;
  CHECK((step - expected).norm() < 1e-15);
  // The middle is a running statistic: it is neither measured nor changed.
  step << -0.3, 100, -0.4;
  spec.clip_value.reset();
  spec.clip_norm = 0.5;
  clip_step(spec, 0.1, {{0, 1}, {2, 1}}, step);
  expected << -0.03, 100, -0.04;
  CHECK((step - expected).norm() < 1e-15);
  // What is not a number is not hidden.
  step << std::nan(""), 1, 2;
  spec.clip_value = 1;
  clip_step(spec, 0.1, {{0, 3}}, step);
  CHECK(std::isnan(step[0]));
}

namespace {

/// The proximal term of FedProx around a point.
struct Spring final : StepHook<double> {
  Spring(double mu, Vector<double> to) : mu_(mu), to_(std::move(to)) {}
  void add(const Vector<double>& w, double rate, std::int64_t, Vector<double>& step) override {
    rates.push_back(rate);
    step -= rate * mu_ * (w - to_);
  }
  double mu_;
  Vector<double> to_;
  std::vector<double> rates;
};

}  // namespace

TEST_CASE("what a hook adds is part of the gradient, whatever the optimizer") {
  // mu (w - 0) is the gradient of weight decay mu, which every optimizer but AdamW takes as part of the gradient.
  const ToyDataset data(6, 3, 40);
  const auto model = toy_network<double>(6, 3);
  const auto shard = all_rows(40);
  for (const Optimizer* optimizer : optimizers()) {
    if (optimizer == &adamw()) continue;
    CAPTURE(optimizer->about.name);
    SolverSpec spec = spec_of(*optimizer, 25, 0.05);
    SolverMemory<double> memory;
    Spring spring(0.5, Vector<double>::Zero(model.size()));
    Vector<double> hooked = random_weights<double>(model.size(), 1), decayed = hooked;
    local_sgd<double>(model, ClientData{&data, shard}, spec, 0, batches(), hooked, memory, &spring);
    CHECK(spring.rates == std::vector<double>(25, optimizer->takes_gradients ? 1.0 : 0.05));
    spec.weight_decay = 0.5;
    local_sgd(model, ClientData{&data, shard}, spec, 0, batches(), decayed, memory);
    CHECK((hooked - decayed).norm() < 1e-12 * hooked.norm());
  }
}

namespace {

/// The quadratic with a running statistic in its middle: each step adds 1 to it, whatever the rate.
class WithStatistic final : public Model<double> {
 public:
  WithStatistic() : inner_(2, 1.5) {
    layout_.add("left", {1});
    layout_.add_statistic("count", {1});
    layout_.add("right", {1});
  }
  const Layout& layout() const override { return layout_; }
  double training_flops() const override { return 1; }
  double inference_flops() const override { return 1; }
  Index outputs() const override { return 0; }
  Vector<double> initial_weights(Stream) const override { return (Vector<double>(3) << 1.5, 0, 1.5).finished(); }
  std::unique_ptr<Workspace> make_workspace(Index n) const override { return inner_.make_workspace(n); }
  Score gradient(const double* w, const Batch<double>& batch, double scale, Workspace& ws,
                 double* step) const override {
    const double x[2] = {w[0], w[2]};
    double inner[2];
    const Score score = inner_.gradient(x, batch, scale, ws, inner);
    step[0] = inner[0], step[1] = 1, step[2] = inner[1];
    return score;
  }
  Score step(double* w, const Batch<double>& batch, double scale, Workspace& ws) const override {
    double step[3];
    const Score score = gradient(w, batch, scale, ws, step);
    for (int i = 0; i < 3; ++i) w[i] += step[i];
    return score;
  }
  Score evaluate(const double*, const Batch<double>&, Workspace&) const override { return {}; }
  Score predict(const double*, const Batch<double>&, Workspace&, double*) const override { return {}; }

 private:
  Quadratic<double> inner_;
  Layout layout_;
};

}  // namespace

TEST_CASE("running statistics get what the model gives them, and nothing else") {
  const WithStatistic model;
  const Quadratic<double> plain(2, 1.5);
  const PointDataset data((Vector<double>(2) << 0.25, 3).finished());
  const std::vector<std::uint32_t> shard = {0};
  for (const Optimizer* optimizer : optimizers()) {
    for (const bool hooked : {false, true}) {
      CAPTURE(optimizer->about.name, hooked);
      SolverSpec spec = spec_of(*optimizer, 7, 0.1);
      spec.momentum = 0.9;
      spec.weight_decay = 0.1;
      spec.clip_norm = 0.8;
      spec.clip_value = 0.7;
      SolverMemory<double> memory, other;
      Vector<double> w = model.initial_weights(Stream(1, Purpose::model_init)), x = Vector<double>::Constant(2, 1.5);
      Spring spring(0.3, Vector<double>::Constant(3, 0.5)), same(0.3, Vector<double>::Constant(2, 0.5));
      local_sgd<double>(model, ClientData{&data, shard}, spec, 0, batches(), w, memory, hooked ? &spring : nullptr);
      local_sgd<double>(plain, ClientData{&data, shard}, spec, 0, batches(), x, other, hooked ? &same : nullptr);
      CHECK(w[1] == 7);
      CHECK(w[0] == Approx(x[0]).epsilon(1e-14));
      CHECK(w[2] == Approx(x[1]).epsilon(1e-14));
      Vector<double> g;
      full_gradient(model, ClientData{&data, shard}, w, memory, g);
      CHECK(g[1] == 0);
    }
  }
  CHECK(trained_stretches(plain.layout()).size() == 1);
}

TEST_CASE("adaptive optimizers learn") {
  const ToyDataset data(8, 4, 400);
  const auto model = toy_network<float>(8, 4, {16});
  const auto shard = all_rows(400);
  SolverMemory<float> memory;
  for (const Optimizer* optimizer : {&adam(), &adamw(), &adagrad()}) {
    CAPTURE(optimizer->about.name);
    SolverSpec spec = spec_of(*optimizer, 400, optimizer == &adagrad() ? 0.1 : 0.01);
    Vector<float> w = model.initial_weights(Stream(1, Purpose::model_init));
    local_sgd(model, ClientData{&data, shard}, spec, 0, batches(), w, memory);
    CHECK(evaluate_rows(model, data, shard, w, memory).accuracy() > 0.9);
  }
}
