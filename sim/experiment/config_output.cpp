// The sections of an experiment without influence on its results: what is kept of it, and how it is computed.

#include "sim/experiment/config_output.h"

namespace fedtide {

void read_execution(Section& s, ExecutionConfig& execution) {
  execution.threads = static_cast<int>(s.whole(
      "threads", {.fallback = 0.0, .bounds = between(0, 1024), .help = "worker threads; 0: all cores", .source = ""}));
  const std::string executor =
      s.word("executor", {.fallback = "tbb",
                          .options = {{"tbb", "oneTBB's worker threads", ""},
                                      {"inline", "the serial reference: one thread", ""},
                                      {"mpi", "the same as tbb on every rank of mpirun or srun", ""}},
                          .help = "who computes the jobs",
                          .source = ""});
  execution.executor = executor == "inline" ? Executor::inline_only
                       : executor == "mpi"  ? Executor::ranks
                                            : Executor::threads;
}

void read_output(Section& s, OutputConfig& output) {
  const std::string trace = s.word("trace", {.fallback = "none",
                                             .options = {{"none", "no trace", ""},
                                                         {"clients", "a row for every turn of a client", ""},
                                                         {"sample", "the same for a share of the clients", ""}},
                                             .help = "detail of the record",
                                             .source = ""});
  output.trace = trace == "clients"  ? TraceDetail::clients
                 : trace == "sample" ? TraceDetail::sample
                                     : TraceDetail::none;
  const std::optional<double> share = s.maybe_real(
      "trace_share", {.fallback = {},
                      .bounds = fraction(),
                      .help = "with trace: sample, the share of the clients whose turns are kept, 0.1 when "
                              "left out; each is drawn by itself, so they are always the same",
                      .source = ""});
  if (output.trace == TraceDetail::sample) {
    output.trace_share = share.value_or(0.1);
  } else if (share) {
    s.reject("trace_share",
             fmt::format("is only for trace: sample, and trace is {}; remove it, or write trace: sample", trace));
  }
  output.checkpoint_rounds =
      s.whole_or("checkpoint", "none",
                 {.fallback = {},
                  .bounds = at_least(1),
                  .help = "rounds between checkpoints, from which a run that was stopped or killed goes on; "
                          "checkpoint_every and signals make them too",
                  .source = ""})
          .value_or(0);
  output.checkpoint_every = s.duration("checkpoint_every", {.fallback = 600.0,
                                                            .bounds = positive(),
                                                            .help = "time of the host between checkpoints at the most",
                                                            .source = ""});
}

}  // namespace fedtide
