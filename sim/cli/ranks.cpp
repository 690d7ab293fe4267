#include "sim/cli/ranks.h"

#include <csignal>
#include <cstdio>

#include "sim/cli/terminal.h"
#include "sim/engine/mpi_transport.h"
#include "sim/engine/workshop.h"
#include "sim/experiment/ranks.h"

namespace fedtide {
namespace {

/// The others of a build without MPI leave at once, with no word and no error: rank 0 says why it does not work.
void check_help(bool helps) {
  if (!has_mpi() && helps) std::_Exit(0);
}

void ignore_signals() {
  for (const int signal : {SIGINT, SIGTERM, SIGUSR1}) std::signal(signal, SIG_IGN);
}

}  // namespace

Ranks::Ranks() {
  const auto launch = mpi_launch();
  if (!launch || launch->ranks == 1) return;
  helps_ = launch->rank > 0;
  check_help(helps_);
  if (!has_mpi()) return;
  if (helps_) {
    fall_silent();
    ignore_signals();
  }
  post_ = std::make_unique<Post>(open_mpi);
  helps_ = post_->rank() > 0;
}

Ranks::~Ranks() = default;

LoadedExperiment Ranks::load(const std::function<LoadedExperiment()>& load) const {
  LoadedExperiment loaded = load();
  const bool wanted = loaded.config.execution.executor == Executor::ranks;
  const auto launch = mpi_launch();
  if (wanted && !has_mpi()) open_mpi();  // says what is missing
  if (!wanted && launch && launch->ranks > 1) {
    throw Failure(ExitCode::usage,
                  fmt::format("execution.executor: {} processes were started together, and each would be the same run; "
                              "add --executor mpi, or start it without mpirun",
                              launch->ranks));
  }
  return loaded;
}

void Ranks::begin(const LoadedExperiment& loaded) const {
  if (post_) agree(*post_, own_standing(hash_text(loaded.resolved.canonical)));
}

void Ranks::help(const std::function<LoadedExperiment()>& load) {
  std::optional<LoadedExperiment> loaded;
  Standing standing;
  try {
    loaded.emplace(load());
    standing = own_standing(hash_text(loaded->resolved.canonical));
  } catch (const std::exception& error) {
    const auto* failure = dynamic_cast<const Failure*>(&error);
    standing = own_standing("");
    standing.code = static_cast<int>(failure ? failure->code() : ExitCode::bug);
    standing.error = error.what();
  }
  const auto over = hear(*post_, standing);
  code_ = over ? *over : serve(loaded->config, *post_);
  told_ = true;
}

void Ranks::require_alone(const char* verb) const {
  if (!post_) return;
  throw Failure(ExitCode::usage,
                fmt::format("{}: starts its runs itself, and {} processes were started together; start "
                            "it without mpirun",
                            verb, post_->ranks()));
}

int Ranks::leave(int code) {
  if (!post_) return code;
  if (!helps_) {
    const SharedBytes letter = make_letter(LetterKind::stop, static_cast<std::uint64_t>(code));
    for (int rank = 1; rank < post_->ranks(); ++rank) post_->send(rank, letter);
  } else if (!told_) {
    code_ = Workshop::wait_for_stop(*post_);
  }
  post_.reset();
  return helps_ ? code_ : code;
}

}  // namespace fedtide
