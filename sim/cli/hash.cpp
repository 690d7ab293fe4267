// fedtide hash RUN: the bits of a run, one digest a data set and the whole's last.

#include "sim/cli/app.h"
#include "sim/cli/terminal.h"
#include "sim/record/digest.h"

namespace fedtide {

void add_hash(CLI::App& app, Session& session) {
  CLI::App* verb = app.add_subcommand("hash", "Print one digest for each data set of a run, and the whole's last");
  const auto run = std::make_shared<std::string>();
  verb->add_option("RUN", *run, "run directory or trajectory.h5")->required();
  verb->callback([&session, run] {
    session.action = [run] {
      show_result("{}", to_text(digest(*run)));
      return ExitCode::done;
    };
  });
}

}  // namespace fedtide
