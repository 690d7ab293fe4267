// fedtide describe [KEY [WORD]]: what an experiment may say and what it means, from the code that reads it.

#include "sim/config/describe.h"

#include "sim/cli/app.h"
#include "sim/cli/terminal.h"
#include "sim/experiment/load.h"

namespace fedtide {

void add_describe(CLI::App& app, Session& session) {
  CLI::App* verb = app.add_subcommand("describe", "Explain what can be written in an experiment");
  const auto words = std::make_shared<std::vector<std::string>>();
  verb->add_option("KEY", *words, "a dotted key, then perhaps one of its words; everything when left out");
  verb->footer("Examples: fedtide describe protocol.deadline    fedtide describe algorithm fedprox");
  verb->callback([&session, words] {
    session.action = [words] {
      show_result("{}", describe(experiment_schema(), *words));
      return ExitCode::done;
    };
  });
}

}  // namespace fedtide
