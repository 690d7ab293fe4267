#include "sim/experiment/sweep_play.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <deque>
#include <map>
#include <system_error>

#include "sim/experiment/machine.h"
#include "sim/experiment/sweep_children.h"

namespace fedtide {
namespace {

/// The words that make `fedtide run` do what a run needs.
std::vector<std::string> words_of(const SweepFolder& folder, const PlannedRun& run, Need need, int threads) {
  std::vector<std::string> words = {"run", folder.config(run).string(), "-q", "-o", folder.run(run).string()};
  if (threads > 0) words.insert(words.end(), {"--threads", fmt::format("{}", threads)});
  // Without it, `run` goes on from the checkpoint of a run that did not come to its end.
  if (need == Need::restart) words.emplace_back("--force");
  return words;
}

class Player {
 public:
  Player(const SweepFolder& folder, const SweepPlan& plan, const SweepOptions& options,
         const std::function<void(const RunEnd&)>& tell)
      : folder_(folder), plan_(plan), options_(options), tell_(tell) {}

  SweepReport play() {
    collect();
    const Shares shares = share_cores(options_, waiting_.size(), machine_threads());
    Children children;
    while (!waiting_.empty() || children.count() > 0) {
      while (!stopping_ && !waiting_.empty() && children.count() < static_cast<std::size_t>(shares.jobs)) {
        start(children, shares.threads);
      }
      if (children.count() == 0 && stopping_) break;
      for (const ChildEnd& end : children.wait(std::chrono::milliseconds(500))) finish(end);
      heed_signals(children);
      if (report_.left_at_once) break;
    }
    report_.unfinished += waiting_.size();
    if (report_.left_at_once) report_.unfinished += children.count();
    return report_;
  }

 private:
  struct Waiting {
    const PlannedRun* run;
    Need need;
  };

  bool is_selected(const PlannedRun& run) const {
    return options_.only.empty() ||
           std::find(options_.only.begin(), options_.only.end(), run.index) != options_.only.end();
  }

  void collect() {
    for (const PlannedRun& run : plan_.runs) {
      if (!is_selected(run)) continue;
      const RunStanding standing = standing_of(folder_.run(run), {}, true);
      if (options_.failed && standing.state != RunState::failed) continue;
      ++report_.selected;
      const Need need = need_of(run, standing, options_.failed);
      if (standing.state == RunState::running) {
        ++report_.elsewhere;
        tell_({&run, standing, 0, false});
      } else if (need != Need::none) {
        waiting_.push_back({&run, need});
      } else if (standing.state == RunState::complete) {
        ++report_.complete;
        ++report_.found_complete;
      } else {
        ++report_.failed;
        ++report_.left_failed;
      }
    }
  }

  void start(Children& children, int threads) {
    const Waiting next = waiting_.front();
    waiting_.pop_front();
    children.start(next.run->index, words_of(folder_, *next.run, next.need, threads), folder_.log(*next.run));
  }

  void finish(const ChildEnd& end) {
    const PlannedRun& run = plan_.runs[end.run - 1];
    RunEnd told{&run, standing_of(folder_.run(run), {}, false), end.exit_code, false};
    const bool is_complete = end.exit_code == 0 && told.standing.state == RunState::complete;
    // By a signal, or asked to stop: it can go on from where it is.
    const bool can_go_on = end.exit_code == static_cast<int>(ExitCode::stopped) || end.exit_code >= 128;
    const bool is_in_use =
        end.exit_code == static_cast<int>(ExitCode::no_output) && told.standing.state == RunState::running;
    if (is_complete) {
      ++report_.complete;
    } else if (is_in_use) {
      ++report_.elsewhere;
    } else if (!stopping_ && tries_[end.run] < options_.retry) {
      ++tries_[end.run];
      told.will_retry = true;
      waiting_.push_back({&run, end.exit_code == static_cast<int>(ExitCode::failed) ? Need::restart : Need::resume});
    } else if (end.exit_code >= 128 && !asked_) {
      ++report_.killed;
    } else if (can_go_on) {
      ++report_.unfinished;
    } else {
      ++report_.failed;
      if (options_.fail_fast) stopping_ = true;
    }
    tell_(told);
  }

  void heed_signals(Children& children) {
    if (children.stop_signal() != 0) {
      stopping_ = true;
      report_.signal = children.stop_signal();
    }
    if (stopping_ && !asked_) {
      asked_ = true;
      children.ask_to_stop();
    }
    if (children.leave_at_once()) report_.left_at_once = true;
  }

  const SweepFolder& folder_;
  const SweepPlan& plan_;
  const SweepOptions& options_;
  const std::function<void(const RunEnd&)>& tell_;
  SweepReport report_;
  std::deque<Waiting> waiting_;
  std::map<std::size_t, int> tries_;
  bool stopping_ = false;
  bool asked_ = false;
};

}  // namespace

ExitCode SweepReport::exit_code() const {
  if (left_at_once) return static_cast<ExitCode>(128 + signal);
  if (signal != 0) return ExitCode::stopped;
  if (failed + killed > 0) return ExitCode::failed;
  return unfinished + elsewhere > 0 ? ExitCode::stopped : ExitCode::done;
}

std::vector<std::size_t> parse_indices(std::string_view option, const std::string& text, std::size_t count) {
  std::vector<std::size_t> indices;
  const auto refuse = [&](const std::string& why) {
    throw Failure(ExitCode::usage, fmt::format("{} {}: {}; write numbers and ranges: 3,5-7", option, text, why));
  };
  const auto number = [&](std::string_view piece) {
    std::size_t value = 0;
    const auto [end, error] = std::from_chars(piece.data(), piece.data() + piece.size(), value);
    if (error != std::errc() || end != piece.data() + piece.size()) refuse(fmt::format("\"{}\" is no number", piece));
    if (value < 1 || value > count) refuse(fmt::format("there is no run {}, they go from 1 to {}", value, count));
    return value;
  };
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t comma = std::min(text.find(',', start), text.size());
    const std::string_view piece = std::string_view(text).substr(start, comma - start);
    const std::size_t dash = piece.find('-');
    const std::size_t first = number(piece.substr(0, dash));
    const std::size_t last = dash == piece.npos ? first : number(piece.substr(dash + 1));
    if (last < first) refuse(fmt::format("{} goes backwards", piece));
    for (std::size_t i = first; i <= last; ++i) indices.push_back(i);
    start = comma + 1;
  }
  return indices;
}

Shares share_cores(const SweepOptions& options, std::size_t runs, int cores) {
  const int most = static_cast<int>(std::clamp<std::size_t>(runs, 1, 4096));
  Shares shares;
  shares.jobs = options.jobs > 0 ? options.jobs : std::max(1, cores / std::max(1, options.threads));
  shares.jobs = std::min(shares.jobs, most);
  shares.threads = options.threads > 0 ? options.threads : std::max(1, cores / shares.jobs);
  return shares;
}

Need need_of(const PlannedRun& run, const RunStanding& standing, bool failed_too) {
  switch (standing.state) {
    case RunState::pending:
      return Need::start;
    case RunState::running:
      return Need::none;
    case RunState::complete:
      return standing.config_hash == run.hash ? Need::none : Need::restart;
    case RunState::stopped:
    case RunState::killed:
      return Need::resume;
    case RunState::failed:
      // Exit code 1 is a result, and would come out again; after a full disk there is more to do.
      if (standing.exit_code != static_cast<int>(ExitCode::failed)) return Need::resume;
      return failed_too ? Need::restart : Need::none;
    case RunState::damaged:
      return Need::restart;
  }
  FEDTIDE_REQUIRE(false, "state {}", static_cast<int>(standing.state));
}

SweepReport play_sweep(const SweepFolder& folder, const SweepPlan& plan, const SweepOptions& options,
                       const std::function<void(const RunEnd&)>& tell) {
  return Player(folder, plan, options, tell).play();
}

}  // namespace fedtide
