#include "sim/experiment/ranks.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "sim/base/error.h"
#include "sim/engine/dispatcher.h"
#include "sim/experiment/machine.h"
#include "sim/experiment/run.h"
#include "sim/federation/learning_maker.h"
#include "sim/record/host.h"

namespace fedtide {
namespace {

using Json = nlohmann::json;

std::string pack(const Standing& s) {
  const Json json = {{"code", s.code},       {"error", s.error}, {"config", s.config_hash},
                     {"program", s.program}, {"build", s.build}, {"host", s.host}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Standing unpack(std::string_view text) {
  const Json json = Json::parse(text);
  return {json.at("code"), json.at("error"), json.at("config"), json.at("program"), json.at("build"), json.at("host")};
}

/// Of the file that this process runs.
std::string program_hash() {
  std::ifstream file("/proc/self/exe", std::ios::binary);
  return hash_text(std::string(std::istreambuf_iterator<char>(file), {}));
}

void require_same(int rank, const Standing& other, const Standing& own) {
  const auto refuse = [&](const char* what, const std::string& there, const std::string& here) {
    throw Failure(ExitCode::usage, fmt::format("rank {} on {} has another {}, and results depend on it: {} there, {} "
                                               "on rank 0; start all ranks with the same",
                                               rank, other.host, what, there, here));
  };
  if (other.config_hash != own.config_hash) refuse("experiment", other.config_hash, own.config_hash);
  if (other.build != own.build) refuse("build or kernels", other.build, own.build);
  if (other.program != own.program) refuse("program", other.program, own.program);
}

}  // namespace

Standing own_standing(const std::string& config_hash) {
  Standing s;
  s.config_hash = config_hash;
  s.program = program_hash();
  s.build = program_build();
  s.host = host_name();
  return s;
}

void agree(Post& post, const Standing& own) {
  std::vector<Standing> all(static_cast<std::size_t>(post.ranks()));
  for (int heard = 1; heard < post.ranks(); ++heard) {
    const Letter letter = post.wait();
    FEDTIDE_REQUIRE(letter.kind() == LetterKind::standing, "rank {} speaks before its turn", letter.from);
    all[static_cast<std::size_t>(letter.from)] = unpack(letter.rest());
  }
  for (int rank = 1; rank < post.ranks(); ++rank) {
    const Standing& other = all[static_cast<std::size_t>(rank)];
    if (other.code != 0) {
      throw Failure(static_cast<ExitCode>(other.code), fmt::format("rank {} on {}: {}", rank, other.host, other.error));
    }
    require_same(rank, other, own);
  }
  for (int rank = 1; rank < post.ranks(); ++rank) post.send(rank, make_letter(LetterKind::go, 0));
}

std::optional<int> hear(Post& post, const Standing& own) {
  post.send(0, make_letter(LetterKind::standing, 0, pack(own)));
  const Letter letter = post.wait();
  if (letter.kind() == LetterKind::stop) return static_cast<int>(letter.number());
  FEDTIDE_REQUIRE(letter.kind() == LetterKind::go, "rank 0 sends orders before its time");
  return std::nullopt;
}

std::string data_fingerprint(const Assembly& assembly) {
  constexpr std::size_t kSamples = 64;
  std::string seen;
  const auto add = [&seen](const void* data, std::size_t size) { seen.append(static_cast<const char*>(data), size); };
  add(assembly.train_samples.data(), assembly.train_samples.size() * sizeof(std::uint32_t));
  add(assembly.test_samples.data(), assembly.test_samples.size() * sizeof(std::uint32_t));
  if (!assembly.learning) return hash_text(seen);
  const std::vector<std::uint32_t>& rows = assembly.learning->train_shards.rows;
  std::vector<std::uint32_t> some;
  for (std::size_t i = 0; i < std::min(kSamples, rows.size()); ++i) some.push_back(rows[i * rows.size() / kSamples]);
  add(some.data(), some.size() * sizeof(std::uint32_t));
  // What the first model says of them depends on all that a sample has.
  const Learning& learning = *assembly.learning;
  const Vector<float> weights = learning.model->initial_weights(Stream(learning.seed, Purpose::model_init));
  SolverMemory<float> memory;
  const Score score = evaluate_rows(*learning.model, *learning.train, some, weights, memory);
  add(&score.loss_sum, sizeof score.loss_sum);
  return hash_text(seen);
}

int serve(ExperimentConfig& config, Post& post) {
  const int threads = config.execution.threads > 0 ? config.execution.threads : machine_threads();
  pin_cache_sizes();
  try {
    const Assembly assembly = assemble(config);
    const std::string fingerprint = data_fingerprint(assembly);
    WorkerMemory memory(static_cast<std::size_t>(threads) + 1);
    if (!assembly.learning) return Workshop::wait_for_stop(post);
    LearningMaker maker(*assembly.learning, memory);
    Workshop workshop(post, maker, threads, fingerprint);
    for (SolverMemory<float>& each : memory) each.parallel = &workshop.parallel();
    return workshop.work();
  } catch (const std::exception& error) {
    post.send(0, make_letter(LetterKind::failure, 0, pack_error(error)));
    return Workshop::wait_for_stop(post);
  }
}

}  // namespace fedtide
