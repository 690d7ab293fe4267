#pragma once
// Signals that end a run before its end.

#include <atomic>

namespace fedtide {

/// From now on SIGINT, SIGTERM and SIGUSR1 set the flag that is returned: the run ends at its next event, with a
/// checkpoint. A SIGINT or SIGTERM after that leaves at once, with 128 + its number; but a second SIGTERM within a
/// second is the first one, come twice (a batch system signals a job's processes, and its script passes the signal on),
/// and SIGUSR1, a warning of what is to come, counts as no first one.
const std::atomic<bool>& listen_to_signals(bool quiet);

}  // namespace fedtide
