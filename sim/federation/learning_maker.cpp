// What of jobs goes to another rank and comes back, as bytes: the same walk writes and reads.

#include "sim/federation/learning_maker.h"

#include <functional>

#include "sim/base/error.h"
#include "sim/federation/state_bytes.h"

namespace fedtide {
namespace {

struct PackedVersion {
  ModelVersion version;
  void visit_state(StateVisitor& s) {
    auto number = raw(version.number);
    s.visit("id", version.id);
    s.visit("number", number);
    version.number = Version{number};
    s.visit("weights", version.weights);
    s.visit("broadcast", version.broadcast);
  }
};

struct TrainingOrder {
  std::uint64_t version = 0;
  Report report;
  std::uint32_t turn = 0;
  std::optional<float> step;
  SharedVector<float> state;
  void visit_state(StateVisitor& s) {
    std::uint32_t client = raw(report.client);
    s.visit("training of", version);
    s.visit("client", client);
    report.client = ClientId{client};
    s.visit("samples", report.samples);
    s.visit("staleness", report.staleness);
    s.visit("first", report.first);
    s.visit("steps", report.steps);
    s.visit("turn", turn);
    s.visit("step", step);
    s.visit("state", state);
  }
};

struct TrainingResult {
  ClientOutput<float>& output;
  bool& finite;
  void visit_state(StateVisitor& s) {
    s.visit("delta", output.delta);
    s.visit("extra", output.extra);
    s.visit("state", output.state);
    s.visit("steps", output.run.work.steps);
    s.visit("samples", output.run.work.samples);
    visit_score(s, output.run.score);
    s.visit("finite", finite);
  }
  static void visit_score(StateVisitor& s, Score& score) {
    s.visit("loss", score.loss_sum);
    s.visit("correct", score.correct);
    s.visit("count", score.count);
  }
};

/// The tables of rows that evaluations are parts of.
enum class Rows : std::uint8_t { test, unseen, held_out };
struct Table {
  const Dataset* dataset;
  const std::vector<std::uint32_t>& rows;
};
Table table_of(const Learning& learning, Rows rows) {
  switch (rows) {
    case Rows::test:
      return {learning.test.get(), learning.test_rows};
    case Rows::unseen:
      return {learning.unseen.get(), learning.unseen_rows};
    default:
      return {learning.local.get(), learning.local_shards.rows};
  }
}

struct EvaluationOrder {
  std::uint64_t version = 0;
  std::uint8_t rows = 0;  ///< Rows
  std::vector<std::uint64_t> begins;
  std::vector<std::uint64_t> sizes;
  void visit_state(StateVisitor& s) {
    s.visit("evaluation of", version);
    s.visit("rows", rows);
    s.visit("begins", begins);
    s.visit("sizes", sizes);
  }
};

struct EvaluationResult {
  std::vector<Score>& scores;
  void visit_state(StateVisitor& s) {
    std::size_t count = scores.size();
    s.visit("scores", count);
    scores.resize(count);
    for (Score& score : scores) TrainingResult::visit_score(s, score);
  }
};

constexpr char kTraining = 't', kEvaluation = 'e';  // first byte of an order

Attachment attachment_of(const std::shared_ptr<const ModelVersion>& version) {
  return {version->id, version, [version] {
            PackedVersion packed{*version};
            return state_bytes(packed);
          }};
}

}  // namespace

Attachment TrainingJob::attachment() const { return attachment_of(version_); }
Attachment EvaluationJob::attachment() const { return attachment_of(version_); }

std::string TrainingJob::order() const {
  TrainingOrder order{version_->id, report_, raw(turn_), step_, before_ ? before_->value : nullptr};
  return kTraining + state_bytes(order);
}

std::string TrainingJob::result() {
  TrainingResult result{output_, finite_};
  return state_bytes(result);
}

void TrainingJob::take_result(std::string_view bytes) {
  TrainingResult result{output_, finite_};
  restore_state(result, bytes, "a training on another rank");
}

std::string EvaluationJob::order() const {
  EvaluationOrder order;
  order.version = version_->id;
  for (const Rows rows : {Rows::test, Rows::unseen, Rows::held_out}) {
    const Table table = table_of(learning_, rows);
    if (table.dataset != &dataset_) continue;
    const auto inside = [&table](const std::span<const std::uint32_t>& part) {
      const std::uint32_t* begin = table.rows.data();
      const std::less_equal<> before;
      return before(begin, part.data()) && before(part.data() + part.size(), begin + table.rows.size());
    };
    if (!std::all_of(parts_.begin(), parts_.end(), inside)) continue;
    order.rows = static_cast<std::uint8_t>(rows);
    for (const auto& part : parts_) {
      order.begins.push_back(static_cast<std::uint64_t>(part.data() - table.rows.data()));
      order.sizes.push_back(part.size());
    }
    return kEvaluation + state_bytes(order);
  }
  FEDTIDE_REQUIRE(false, "an evaluation of rows that are no table's");
}

std::string EvaluationJob::result() {
  EvaluationResult result{scores_};
  return state_bytes(result);
}

void EvaluationJob::take_result(std::string_view bytes) {
  EvaluationResult result{scores_};
  restore_state(result, bytes, "an evaluation on another rank");
}

void LearningMaker::attach(std::uint64_t id, std::string_view packed) {
  PackedVersion version;
  restore_state(version, packed, "a model version");
  // What clients receive of it follows from its id: it is made here, and not sent beside it.
  version.version.resolve(SharedVector<float>(version.version.weights), learning_);
  versions_[id] = std::make_shared<const ModelVersion>(std::move(version.version));
}

std::unique_ptr<Job> LearningMaker::make(std::string_view order) {
  FEDTIDE_REQUIRE(!order.empty() && (order[0] == kTraining || order[0] == kEvaluation), "an order of another kind");
  const std::string_view rest = order.substr(1);
  const auto version_of = [this](std::uint64_t id) {
    const auto found = versions_.find(id);
    FEDTIDE_REQUIRE(found != versions_.end(), "an order without its model version");
    return found->second;
  };
  if (order[0] == kTraining) {
    TrainingOrder training;
    restore_state(training, rest, "an order of a training");
    auto before = std::make_shared<const ClientState>(ClientState{training.state, true});
    auto job = std::make_unique<TrainingJob>(learning_, memory_, version_of(training.version), training.report,
                                             Turn{training.turn}, std::move(before));
    if (training.step) job->end_at_model(static_cast<double>(*training.step));
    return job;
  }
  EvaluationOrder evaluation;
  restore_state(evaluation, rest, "an order of an evaluation");
  const Table table = table_of(learning_, static_cast<Rows>(evaluation.rows));
  std::vector<std::span<const std::uint32_t>> parts;
  for (std::size_t i = 0; i < evaluation.begins.size(); ++i) {
    parts.push_back(std::span(table.rows).subspan(evaluation.begins[i], evaluation.sizes.at(i)));
  }
  return std::make_unique<EvaluationJob>(learning_, memory_, version_of(evaluation.version), *table.dataset,
                                         std::move(parts), std::vector<const Metric*>{});
}

}  // namespace fedtide
