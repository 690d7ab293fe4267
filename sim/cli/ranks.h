#pragma once
// The command line of several processes that an MPI launcher started together: rank 0 speaks, the others help it and
// end with its exit code.

#include <functional>
#include <memory>

#include "sim/cli/app.h"
#include "sim/engine/post.h"
#include "sim/experiment/load.h"

namespace fedtide {

class Ranks {
 public:
  /// Joins the others, where a launcher started several; all but rank 0 fall silent, and leave signals to it.
  Ranks();
  ~Ranks();

  /// This is rank 0, or alone.
  bool leads() const { return !helps_; }
  /// To the others; null: alone.
  Post* post() const { return post_.get(); }

  /// Of a verb that more than one process can take part in: rank 0 loads the experiment. Failure when the launcher and
  /// execution.executor do not fit.
  LoadedExperiment load(const std::function<LoadedExperiment()>& load) const;
  /// Rank 0 hears from the others that they have the same, and lets them begin. Failure: of the first that has not.
  void begin(const LoadedExperiment& loaded) const;
  /// The others' part in such a verb.
  void help(const std::function<LoadedExperiment()>& load);
  /// Failure: of a verb that only one process can do.
  void require_alone(const char* verb) const;

  /// The end: rank 0 tells its exit code, the others return that.
  int leave(int code);

 private:
  std::unique_ptr<Post> post_;
  bool helps_ = false;
  bool told_ = false;  ///< the others have been told, or this rank has been
  int code_ = 0;       ///< that rank 0 told
};

}  // namespace fedtide
