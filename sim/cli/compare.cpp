// fedtide compare DIR --by KEY: the values of one key against a baseline, paired by seed.

#include <fmt/format.h>

#include <memory>

#include "sim/cli/app.h"
#include "sim/cli/sweep_table.h"
#include "sim/cli/terminal.h"
#include "sim/experiment/sweep_summary.h"

namespace fedtide {
namespace {

struct CompareArguments {
  std::string directory;
  std::string by;
  std::string baseline;
  std::string metric = "accuracy";
  bool best = false;
  bool csv = false;
};

ExitCode compare(const CompareArguments& arguments) {
  const Goal goal = goal_of(arguments.metric);
  const auto rows = summarize(SweepFolder{arguments.directory}, goal, std::nullopt);
  const Cells cells = comparison_table(rows, arguments.by, arguments.baseline, goal, arguments.best);
  show_result("{}", arguments.csv ? to_csv(cells) : text_table(cells));
  return ExitCode::done;
}

}  // namespace

void add_compare(CLI::App& app, Session& session) {
  CLI::App* verb = app.add_subcommand("compare", "Compare the values of one key of a sweep, paired by seed");
  const auto arguments = std::make_shared<CompareArguments>();
  verb->add_option("DIRECTORY", arguments->directory, "of a sweep")->required();
  verb->add_option("--by", arguments->by, "the swept key whose values are compared")->required()->type_name("KEY");
  verb->add_option("--baseline", arguments->baseline, "the value to compare with; the first when left out");
  verb->add_option("--metric", arguments->metric, "accuracy, loss, or a key of metrics.jsonl");
  verb->add_flag("--best", arguments->best, "compare the best values, not the final ones");
  verb->add_flag("--csv", arguments->csv, "print CSV");
  verb->footer(
      "Differences are of runs with the same seed; low_95 and high_95 are their mean's 95 % confidence interval\n"
      "(Student's t). Example: fedtide compare out/alpha --by algorithm.name --metric accuracy");
  verb->callback([&session, arguments] { session.action = [arguments] { return compare(*arguments); }; });
}

}  // namespace fedtide
