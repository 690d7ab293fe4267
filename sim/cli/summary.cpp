// fedtide summary DIR: the runs of a sweep as CSV, a row each, or means over seeds.

#include <fmt/format.h>

#include <charconv>
#include <memory>

#include "sim/cli/app.h"
#include "sim/cli/sweep_table.h"
#include "sim/cli/terminal.h"
#include "sim/experiment/sweep_summary.h"
#include "sim/record/atomic_file.h"

namespace fedtide {
namespace {

struct SummaryArguments {
  std::string directory;
  std::string metric;
  std::string target;
  std::string output;
  bool by_seed = false;
};

/// "accuracy=0.9" into the metric and its value.
std::pair<std::string, double> parse_target(const std::string& text) {
  const std::size_t equals = text.find('=');
  double value = 0;
  const char* const end = text.data() + text.size();
  const bool is_number = equals != text.npos && equals > 0 &&
                         std::from_chars(text.data() + equals + 1, end, value).ptr == end && equals + 1 < text.size();
  if (!is_number) {
    throw Failure(ExitCode::usage, fmt::format("--target {}: write a metric and its value, accuracy=0.9", text));
  }
  return {text.substr(0, equals), value};
}

ExitCode summary(const SummaryArguments& arguments) {
  std::string metric = arguments.metric;
  std::optional<double> target;
  if (!arguments.target.empty()) {
    const auto [of, value] = parse_target(arguments.target);
    if (!metric.empty() && goal_of(metric).key != goal_of(of).key) {
      throw Failure(ExitCode::usage, fmt::format("--target {}: is of another metric than --metric {}", arguments.target,
                                                 arguments.metric));
    }
    metric = of;
    target = value;
  }
  const SweepFolder folder{arguments.directory};
  Goal goal = goal_of(metric.empty() ? "accuracy" : metric);
  std::vector<SummaryRow> rows = summarize(folder, goal, target);
  if (metric.empty() && has_no_value(rows)) {
    goal = goal_of("loss");  // of a model that classifies nothing
    rows = summarize(folder, goal, target);
  }
  const std::string csv = to_csv(arguments.by_seed ? seed_table(rows, goal, target.has_value())
                                                   : run_table(rows, goal, target.has_value()));
  if (arguments.output.empty()) {
    show_result("{}", csv);
  } else {
    write_atomically(arguments.output, csv);
  }
  return ExitCode::done;
}

}  // namespace

void add_summary(CLI::App& app, Session& session) {
  CLI::App* verb = app.add_subcommand("summary", "Print the runs of a sweep as CSV, or means over their seeds");
  const auto arguments = std::make_shared<SummaryArguments>();
  verb->add_option("DIRECTORY", arguments->directory, "of a sweep")->required();
  verb->add_option("--metric", arguments->metric, "accuracy, loss, or a key of metrics.jsonl");
  verb->add_option("--target", arguments->target, "also rounds, time and bytes until it is reached: accuracy=0.9")
      ->type_name("METRIC=X");
  verb->add_flag("--by-seed", arguments->by_seed,
                 "one row a combination: mean, sd and n over the seeds of complete runs, and how many failed");
  verb->add_option("-o,--output", arguments->output, "file; stdout when left out");
  verb->footer("Example: fedtide summary out/alpha --target accuracy=0.8 --by-seed > summary.csv");
  verb->callback([&session, arguments] { session.action = [arguments] { return summary(*arguments); }; });
}

}  // namespace fedtide
