#pragma once
// A sweep's directory: what it consists of is written before its first run starts, and never changed.

#include <filesystem>
#include <string>
#include <vector>

#include "sim/experiment/sweep_plan.h"

namespace fedtide {

/// Where the parts of a sweep's directory stand.
struct SweepFolder {
  std::filesystem::path root;

  std::filesystem::path manifest() const { return root / "manifest.json"; }
  std::filesystem::path config(const PlannedRun& run) const { return root / "configs" / (run.name() + ".json"); }
  std::filesystem::path run(const PlannedRun& run) const { return root / "runs" / run.name(); }
  std::filesystem::path log(const PlannedRun& run) const { return root / "logs" / (run.name() + ".log"); }
  std::filesystem::path slurm() const { return root / "slurm"; }
};

/// True when there is a manifest.
bool holds_sweep(const std::filesystem::path& directory);

/// The plan of a sweep's directory, without the configs. Errors: Failure(no_input) when there is none,
/// Failure(data_damaged) when it is damaged or of a newer format.
SweepPlan read_manifest(const SweepFolder& folder);

/// Makes the folders, writes every run's config and then the manifest; where a manifest is already, nothing is written,
/// and a plan that differs from it is refused with the difference. The caller holds the folder's lock. Errors:
/// Failure(no_output), Failure(io).
void write_manifest(const SweepFolder& folder, const SweepPlan& plan);

}  // namespace fedtide
