// Checkpoints as files: what goes in comes out; whatever is done to one, it is refused or the one before it is used,
// and no wrong number ever comes of it.

#include "sim/record/checkpoint_file.h"

#include <algorithm>
#include <cmath>

#include "sim/base/remark.h"
#include "sim/record/checkpoint_keeper.h"
#include "tests/catch.h"
#include "tests/record/support.h"

using namespace fedtide;

namespace {

SharedVector<float> vector(std::initializer_list<float> values) {
  Vector<float> v(static_cast<Index>(values.size()));
  std::copy(values.begin(), values.end(), v.data());
  return std::make_shared<const Vector<float>>(std::move(v));
}

/// A checkpoint of round 7 whose rows are those of `rows`.
Checkpoint sample(const RowLog& rows, std::int64_t round = 7) {
  Checkpoint c;
  c.origin = {.config_hash = "00112233",
              .program = "fedtide 0.1.0",
              .build = "gcc kernels=avx2",
              .row_bytes = rows.bytes(),
              .row_hex = rows.hex(),
              .wall_seconds = 1.5};
  Snapshot& s = c.snapshot;
  s.entries = 1234;
  s.timeline = 0xfedcba9876543210u;
  s.round = round;
  const auto shared = vector({1, 2, 3});
  s.models = {{4, shared, nullptr}, {9, vector({4, 5, 6}), shared}};
  s.clients = {{3, vector({7})}, {5, shared}};
  s.sums = {{2, "sum"}};
  s.server = "server";
  s.aggregator = std::string("a\0b", 3);
  s.train_score = {0.5, 2, 3};
  s.trained_samples = 77;
  s.update_norm = 0.25;
  return c;
}

EvaluationRecord evaluation(std::int64_t round) {
  EvaluationRecord e;
  e.round = round;
  e.test_loss = 0.5 + static_cast<double>(round);
  e.metrics = {0.25, 0.75};
  e.clients = {ClientId{4}};
  e.client_accuracy = {1};
  e.client_loss = {0.125};
  return e;
}

RoundRecord round_record(std::int64_t round) {
  RoundRecord r;
  r.round = round;
  r.trained_samples = 10 * round;
  r.train_loss = 1.0 / static_cast<double>(round);
  return r;
}

/// A run with two generations: of rounds 7 and 8.
struct Run {
  TemporaryFolder folder;
  CheckpointOrigin now;

  Run() {
    RowLog rows(checkpoint_rows_path(folder.path()));
    for (std::int64_t round = 1; round <= 8; ++round) {
      rows.add(evaluation(round));
      rows.add(round_record(round));
      if (round < 7) continue;
      rows.sync();
      const Checkpoint c = sample(rows, round);
      write_checkpoint(folder.path(), c);
      now = c.origin;
    }
  }
  std::filesystem::path newest() const { return checkpoint_path(folder.path()); }
  std::filesystem::path previous() const { return previous_checkpoint_path(folder.path()); }

  /// The round that it would be taken up from, and what is said about it.
  std::int64_t round_found(std::string* remarks = nullptr) const {
    const RemarkListener listener([&](const std::string& text) {
      if (remarks) *remarks += text + "\n";
    });
    const auto found = find_checkpoint(folder.path(), now);
    return found ? found->checkpoint.snapshot.round : 0;
  }
  std::string refusal() const {
    return failure_of(ExitCode::data_damaged, [&] { find_checkpoint(folder.path(), now); });
  }
};

std::string changed(std::string text, std::size_t at, char by) {
  text[at] = static_cast<char>(text[at] ^ by);
  return text;
}

}  // namespace

TEST_CASE("a checkpoint comes back as it was, and what is shared is kept once") {
  TemporaryFolder folder;
  const RowLog rows(folder / "rows");
  const Checkpoint a = sample(rows);
  write_checkpoint(folder.path(), a);
  const Checkpoint b = read_checkpoint(folder / "checkpoint");
  REQUIRE(b.origin.config_hash == a.origin.config_hash);
  REQUIRE(b.origin.program == a.origin.program);
  REQUIRE(b.origin.build == a.origin.build);
  REQUIRE(b.origin.row_bytes == 0);
  REQUIRE(b.origin.row_hex == rows.hex());
  REQUIRE(b.origin.wall_seconds == 1.5);
  REQUIRE(b.snapshot.entries == 1234);
  REQUIRE(b.snapshot.timeline == 0xfedcba9876543210u);
  REQUIRE(b.snapshot.round == 7);
  REQUIRE(b.snapshot.models.size() == 2);
  REQUIRE(b.snapshot.models[0].id == 4);
  REQUIRE(b.snapshot.models[0].broadcast == nullptr);
  REQUIRE(*b.snapshot.models[1].weights == *a.snapshot.models[1].weights);
  REQUIRE(b.snapshot.models[1].broadcast == b.snapshot.models[0].weights);
  REQUIRE(b.snapshot.clients[1].first == 5);
  REQUIRE(b.snapshot.clients[1].second == b.snapshot.models[0].weights);
  REQUIRE(b.snapshot.sums == a.snapshot.sums);
  REQUIRE(b.snapshot.server == "server");
  REQUIRE(b.snapshot.aggregator == a.snapshot.aggregator);
  REQUIRE(b.snapshot.privacy.empty());
  REQUIRE(b.snapshot.train_score.correct == 2);
  REQUIRE(b.snapshot.trained_samples == 77);
  REQUIRE(b.snapshot.update_norm == 0.25);
}

TEST_CASE("the newest checkpoint is used, the one before it is kept, and an older one goes") {
  const Run run;
  REQUIRE(run.round_found() == 8);
  REQUIRE(read_checkpoint(run.previous()).snapshot.round == 7);
  std::filesystem::remove(run.newest());  // killed between the two renames
  std::string remarks;
  REQUIRE(run.round_found(&remarks) == 7);
  REQUIRE(remarks.empty());
  remove_checkpoints(run.folder.path());
  REQUIRE(std::filesystem::is_empty(run.folder.path()));
  REQUIRE(run.round_found() == 0);
}

TEST_CASE("a checkpoint with any byte changed, or cut off anywhere, is refused, and the one before it is used") {
  const Run run;
  const std::string good = text_of(run.newest()), before = text_of(run.previous());
  for (std::size_t at = 0; at < good.size(); ++at) {
    put_text(run.newest(), changed(good, at, static_cast<char>(1 << (at % 8))));
    const std::string why = failure_of(ExitCode::data_damaged, [&] { read_checkpoint(run.newest()); });
    REQUIRE(why.starts_with(run.newest().string() + ": "));
    std::string remarks;
    REQUIRE(run.round_found(&remarks) == 7);
    REQUIRE(remarks == why + "; going on from the checkpoint before it, of round 7\n");
    REQUIRE(!std::filesystem::exists(run.previous()));  // it is the newest now
    put_text(run.previous(), before);
  }
  for (std::size_t size = 0; size < good.size(); ++size) {
    put_text(run.newest(), good.substr(0, size));
    REQUIRE(failure_of(ExitCode::data_damaged, [&] { read_checkpoint(run.newest()); }) != "");
  }
  put_text(run.newest(), good + "x");
  REQUIRE(failure_of(ExitCode::data_damaged, [&] {
            read_checkpoint(run.newest());
          }).find("is damaged: its content has") != std::string::npos);
}

TEST_CASE("each refusal says what is wrong with a checkpoint") {
  const Run run;
  const std::string path = run.newest().string();
  const std::string good = text_of(run.newest());
  const auto refusal = [&](const std::string& text) {
    put_text(run.newest(), text);
    return failure_of(ExitCode::data_damaged, [&] { read_checkpoint(run.newest()); });
  };
  REQUIRE(refusal("\x89HDF\r\n\x1a\n and so on") == path + ": is no checkpoint of fedtide");
  REQUIRE(refusal("") == path + ": is cut off: has 0 bytes, 72 are needed at least");
  REQUIRE(refusal(good.substr(0, 40)) == path + ": is cut off: has 40 bytes, 72 are needed at least");
  REQUIRE(refusal(changed(good, 9, 1)) == path + ": is damaged: its header does not have its own hash");
  REQUIRE(refusal(good.substr(0, good.size() - 1)).starts_with(path + ": is cut off: its content has "));
  REQUIRE(refusal(changed(good, good.size() - 1, 1)).starts_with(path + ": is damaged: its content has the hash "));
  put_text(run.newest(), good);
  REQUIRE(failure_of(ExitCode::no_input, [&] { read_checkpoint(run.folder / "none"); }) != "");
}

TEST_CASE("a checkpoint of a newer format is refused, and the one before it is not used in its place") {
  const Run run;
  std::string text = text_of(run.newest());
  text[8] = 2;
  Hasher hasher;
  hasher.add(text.substr(0, 56));
  text.replace(56, 16, hasher.hex().substr(0, 16));
  put_text(run.newest(), text);
  REQUIRE(run.refusal() ==
          run.newest().string() + ": has format 2, this program reads 1: go on with the program that wrote it");
  REQUIRE(std::filesystem::exists(run.previous()));
}

TEST_CASE("a checkpoint of another experiment is refused with both hashes") {
  Run run;
  run.now.config_hash = "ffff";
  REQUIRE(run.refusal() == run.newest().string() +
                               ": is of another run: its experiment has the hash 00112233, this one's has ffff; no "
                               "checkpoint is left to go on from: start anew with fedtide run --force");
}

TEST_CASE("a checkpoint of another program is used with a remark") {
  Run run;
  run.now.program = "fedtide 0.2.0";
  std::string remarks;
  REQUIRE(run.round_found(&remarks) == 8);
  REQUIRE(remarks == run.newest().string() +
                         ": was written by fedtide 0.1.0 (gcc kernels=avx2), this is fedtide 0.2.0 (gcc kernels=avx2): "
                         "numbers may differ from those of a run in one go\n");
}

TEST_CASE("rows are filled in as they were, added to, and cut to what the checkpoint knows") {
  const Run run;
  const auto path = checkpoint_rows_path(run.folder.path());
  const auto found = find_checkpoint(run.folder.path(), run.now);
  RowLog& rows = *found->rows;
  for (std::int64_t round = 1; round <= 8; ++round) {
    EvaluationRecord e;
    e.round = round;
    rows.fill(e);
    REQUIRE(e.test_loss == 0.5 + static_cast<double>(round));
    REQUIRE(e.metrics == std::vector<double>{0.25, 0.75});
    REQUIRE(e.client_loss == std::vector<double>{0.125});
    REQUIRE(std::isnan(e.test_accuracy));
    RoundRecord r;
    r.round = round;
    rows.fill(r);
    REQUIRE(r.trained_samples == 10 * round);
    REQUIRE(r.train_loss == 1.0 / static_cast<double>(round));
  }
  RoundRecord more;
  more.round = 9;
  REQUIRE(failure_of(ExitCode::data_damaged, [&] { rows.fill(more); }) ==
          path.string() + ": has too few rows for its checkpoint");
  rows.add(round_record(9));
  rows.sync();
  REQUIRE(std::filesystem::file_size(path) == rows.bytes());
  // The same rows in one go have the same hash.
  RowLog one(run.folder / "one");
  for (std::int64_t round = 1; round <= 8; ++round) one.add(evaluation(round)), one.add(round_record(round));
  one.add(round_record(9));
  REQUIRE(one.hex() == rows.hex());
  // Opened for fewer, the rest goes.
  const RowLog fewer(path, found->checkpoint.origin.row_bytes, found->checkpoint.origin.row_hex);
  REQUIRE(std::filesystem::file_size(path) == found->checkpoint.origin.row_bytes);
}

TEST_CASE("rows that are damaged, cut off or gone make both checkpoints useless, or the newest only") {
  const Run run;
  const auto path = checkpoint_rows_path(run.folder.path());
  const std::string good = text_of(path);
  put_text(path, changed(good, good.size() - 1, 4));  // behind what the older one knows
  std::string remarks;
  REQUIRE(run.round_found(&remarks) == 7);
  REQUIRE(remarks.starts_with(path.string() + ": is damaged: its first "));
  put_text(path, good.substr(0, 100));
  REQUIRE(run.refusal().starts_with(path.string() + ": is cut off: has 100 bytes, its checkpoint needs "));
  std::filesystem::remove(path);
  REQUIRE(run.refusal().find("cannot open") != std::string::npos);
}

TEST_CASE("a row of another round or kind is told from the one that the timeline wants") {
  const Run run;
  const std::string path = checkpoint_rows_path(run.folder.path()).string();
  const auto found = find_checkpoint(run.folder.path(), run.now);
  RoundRecord first;
  first.round = 1;
  REQUIRE(
      failure_of(ExitCode::data_damaged, [&] { found->rows->fill(first); }) ==
      path +
          ": has an evaluation of round 1 where this program's timeline has the record of round 1; continue with the "
          "program that wrote it, or start anew with --force");
}
