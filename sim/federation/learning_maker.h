#pragma once
// Twins of training and evaluation jobs on ranks that hold the data and no timeline. An order has what the timeline
// decided, and the client's state; the model version is attached.

#include <unordered_map>

#include "sim/engine/workshop.h"
#include "sim/federation/learning.h"

namespace fedtide {

class LearningMaker final : public JobMaker {
 public:
  /// Both outlive it and the jobs.
  LearningMaker(const Learning& learning, WorkerMemory& memory) : learning_(learning), memory_(memory) {}

  void attach(std::uint64_t id, std::string_view packed) override;
  void forget(std::uint64_t id) override { versions_.erase(id); }
  std::unique_ptr<Job> make(std::string_view order) override;

 private:
  const Learning& learning_;
  WorkerMemory& memory_;
  std::unordered_map<std::uint64_t, ModelHandle> versions_;
};

}  // namespace fedtide
