// fedtide schema: JSON Schema (draft 7) of an experiment, for editors.

#include <nlohmann/json.hpp>

#include "sim/cli/app.h"
#include "sim/cli/terminal.h"
#include "sim/config/json_schema.h"
#include "sim/experiment/load.h"

namespace fedtide {

void add_schema(CLI::App& app, Session& session) {
  CLI::App* verb = app.add_subcommand("schema", "Print the JSON Schema of an experiment, for editors");
  verb->footer("Example: fedtide schema > scenarios/fedtide.schema.json");
  verb->callback([&session] {
    session.action = [] {
      show_result("{}\n", json_schema(experiment_schema(), "Fedtide experiment").dump(2));
      return ExitCode::done;
    };
  });
}

}  // namespace fedtide
