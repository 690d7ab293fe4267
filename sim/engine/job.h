#pragma once
// A job: one pure computation. And what it takes for another process to do it.

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace fedtide {

/// A value that many jobs read, and that another process is sent once.
struct Attachment {
  std::uint64_t id = 0;             ///< the same for the same value
  std::weak_ptr<const void> value;  ///< when it is gone, no job reads it any more
  std::function<std::string()> pack;
};

/// One computation. Derived classes hold const inputs and the place for the result.
class Job {
 public:
  virtual ~Job() = default;
  /// On any thread, once. `worker` is in [0, JobPool::workers()), never used by two threads at one time: it names
  /// scratch memory.
  virtual void compute(int worker) = 0;

  // A job that travels may be computed by another process, on a twin that is made of its order. All of these on any
  // thread, the twin's after its compute(), and take_result() in place of this one's.

  virtual bool travels() const { return false; }
  virtual Attachment attachment() const { return {}; }
  /// What the twin is made of, beside the attachment.
  virtual std::string order() const { return {}; }
  /// Of the twin: what it computed.
  virtual std::string result() { return {}; }
  /// Failure(data_damaged) when it is no result of such a job.
  virtual void take_result(std::string_view /*result*/) {}

 private:
  friend class JobPool;
  enum class State : std::uint8_t { idle, ready, running, done };
  State state_ = State::idle;
  std::exception_ptr error_;
};

}  // namespace fedtide
