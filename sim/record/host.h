#pragma once
// What is known of this machine and this binary; it goes into run.json and /provenance and never into results.

#include <string>

namespace fedtide {

std::string host_name();
/// The processor's own name, "unknown" where the system does not tell.
std::string cpu_model();
/// Now, UTC, "2026-01-31T12:34:56Z".
std::string utc_now();
/// "gcc 12.2.0"
std::string compiler_version();
/// "3.4.0"
std::string eigen_version();

}  // namespace fedtide
