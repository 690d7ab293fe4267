// fedtide verify RUN: the laws that every run obeys, one line a law.

#include <algorithm>

#include "sim/cli/app.h"
#include "sim/cli/terminal.h"
#include "sim/experiment/verify.h"

namespace fedtide {
namespace {

void show(const Finding& finding) {
  switch (finding.verdict) {
    case Finding::Verdict::holds:
      return show_result("ok           {}\n", finding.law);
    case Finding::Verdict::broken:
      return show_result("FAILED       {}: {}\n", finding.law, finding.text);
    case Finding::Verdict::unchecked:
      return show_result("not checked  {} ({})\n", finding.law, finding.text);
  }
}

ExitCode verify_run(const std::string& path) {
  const RecordedRun run = read_run(path);
  std::vector<Finding> findings = verify(run);
  for (Finding& finding : verify_files(path)) findings.push_back(std::move(finding));
  for (const Finding& finding : findings) show(finding);
  if (run.trace == TraceDetail::sample) say("note: the trace has {} of the clients\n", run.trace_share);
  if (!run.rest) say("note: the run was cut short: what happened after its last record is unknown\n");
  const auto broken = std::count_if(findings.begin(), findings.end(),
                                    [](const Finding& finding) { return finding.verdict == Finding::Verdict::broken; });
  if (broken == 0) return ExitCode::done;
  throw Failure(ExitCode::data_damaged,
                fmt::format("{}: {} of {} laws broken; the files were changed, or this is a mistake of fedtide", path,
                            broken, findings.size()));
}

}  // namespace

void add_verify(CLI::App& app, Session& session) {
  CLI::App* verb = app.add_subcommand("verify", "Check that a run obeys what must hold of every run");
  const auto run = std::make_shared<std::string>();
  verb->add_option("RUN", *run, "run directory or trajectory.h5")->required();
  verb->callback([&session, run] { session.action = [run] { return verify_run(*run); }; });
}

}  // namespace fedtide
