// fedtide check EXPERIMENT [a.b=c ...]: all mistakes at once, and what the run will need, without running it.

#include "sim/cli/app.h"
#include "sim/cli/terminal.h"
#include "sim/experiment/load.h"

namespace fedtide {
namespace {

ExitCode check(const std::string& path, const std::vector<std::string>& overrides) {
  LoadedExperiment loaded = load_experiment(path, overrides);
  const Assembly assembly = assemble(loaded.config);
  std::uint64_t samples = 0;
  for (const std::uint32_t n : assembly.train_samples) samples += n;
  show_result("{:<16}{}\n", "data", assembly.provenance);
  show_result("{:<16}{} with {} training samples\n", "clients", assembly.train_samples.size(), samples);
  if (const std::uint32_t out = assembly.population->too_small(); out > 0) {
    show_result("{:<16}{} have too little memory for the model and never take part\n", "", out);
  }
  show_result("{:<16}{}, {} weights\n", "model", loaded.config.model_name, assembly.layout.size());
  show_result("{:<16}{} down, {} up\n", "a turn sends", short_bytes(static_cast<double>(assembly.down.count)),
              short_bytes(static_cast<double>(assembly.up.count)));
  show_result("{:<16}about {}\n", "memory", short_bytes(assembly.memory));
  if (loaded.sweep) show_result("{:<16}not checked here; fedtide sweep -n {} reads each of its runs\n", "sweep", path);
  show_result("{}: no mistakes\n", path);
  return ExitCode::done;
}

}  // namespace

void add_check(CLI::App& app, Session& session) {
  CLI::App* verb = app.add_subcommand("check", "Show all mistakes of an experiment, or what it will need");
  const auto path = std::make_shared<std::string>();
  const auto overrides = std::make_shared<std::vector<std::string>>();
  verb->add_option("EXPERIMENT", *path, "YAML file")->required();
  verb->add_option("OVERRIDES", *overrides, "values to use instead, as a.b=c");
  verb->callback(
      [&session, path, overrides] { session.action = [path, overrides] { return check(*path, *overrides); }; });
}

}  // namespace fedtide
