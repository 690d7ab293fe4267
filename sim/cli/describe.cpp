// fedtide describe [KEY [WORD]]: what an experiment may say and what it means, from the code that reads it.
// fedtide describe data EXPERIMENT [a.b=c ...]: how its data lie at its clients, before anything runs.

#include "sim/config/describe.h"

#include "sim/cli/app.h"
#include "sim/cli/terminal.h"
#include "sim/experiment/load.h"
#include "sim/experiment/partition_report.h"

namespace fedtide {
namespace {

struct DescribeArguments {
  std::vector<std::string> words;
  bool json = false;
  std::string csv;
  std::string partition;

  bool any() const { return json || !csv.empty() || !partition.empty(); }
};

/// `data exp.yaml`, as against `data clients`: no key ends like a file.
bool names_experiment(const std::vector<std::string>& words) {
  return words.size() > 1 && words[0] == "data" && (words[1].ends_with(".yaml") || words[1].ends_with(".yml"));
}

ExitCode describe_data(const DescribeArguments& arguments) {
  const std::vector<std::string> overrides(arguments.words.begin() + 2, arguments.words.end());
  const LoadedExperiment loaded = load_experiment(arguments.words[1], overrides);
  const PartitionReport report = report_partition(loaded.config);
  if (!arguments.csv.empty()) write_label_counts(report, arguments.csv);
  if (!arguments.partition.empty()) export_partition(loaded.config, arguments.partition);
  show_result("{}", arguments.json ? partition_json(report) : partition_page(report));
  return ExitCode::done;
}

ExitCode describe_words(const DescribeArguments& arguments) {
  if (names_experiment(arguments.words)) return describe_data(arguments);
  if (arguments.any()) {
    throw Failure(
        ExitCode::usage,
        "--json, --csv and --export describe the data of an experiment: fedtide describe data EXPERIMENT.yaml");
  }
  show_result("{}", describe(experiment_schema(), arguments.words));
  return ExitCode::done;
}

}  // namespace

void add_describe(CLI::App& app, Session& session) {
  CLI::App* verb = app.add_subcommand("describe", "Explain what can be written in an experiment, or show its data");
  const auto arguments = std::make_shared<DescribeArguments>();
  verb->add_option(
      "KEY", arguments->words,
      "a dotted key, then perhaps one of its words; everything when left out; or data EXPERIMENT.yaml, then "
      "values to use instead, as a.b=c");
  verb->add_flag("--json", arguments->json, "the data as JSON, with all counts");
  verb->add_option("--csv", arguments->csv, "write how many samples of each label each client has")->type_name("FILE");
  verb->add_option("--export", arguments->partition, "write who holds which sample, for partition: {scheme: from_file}")
      ->type_name("FILE");
  verb->footer(
      "Examples: fedtide describe protocol.deadline    fedtide describe algorithm fedprox\n"
      "          fedtide describe data exp.yaml data.partition.alpha=0.1 --csv counts.csv");
  verb->callback([&session, arguments] { session.action = [arguments] { return describe_words(*arguments); }; });
}

}  // namespace fedtide
