#pragma once
// What visit_state() names, as bytes and back. Each value stands behind its kind and its name, so that the state of
// another program is told from this one's.

#include <concepts>
#include <string>
#include <string_view>

#include "sim/federation/state_visitor.h"

namespace fedtide {

template <class T>
concept HasState = requires(T& owner, StateVisitor& visitor) {
  owner.visit_state(visitor);
};

class StateWriter final : public StateVisitor {
 public:
  bool loading() const override { return false; }
  std::string take() { return std::move(bytes_); }

 private:
  void on_whole(std::string_view name, std::int64_t& value) override;
  void on_real(std::string_view name, double& value) override;
  void on_vector(std::string_view name, Vector<float>& value) override;
  void on_vector(std::string_view name, Vector<double>& value) override;
  void put(std::string_view name, char kind, const void* data, std::size_t size);

  std::string bytes_;
};

class StateReader final : public StateVisitor {
 public:
  /// `owner` is what messages call it: "the server's half of the method".
  StateReader(std::string_view bytes, std::string_view owner) : bytes_(bytes), owner_(owner) {}
  bool loading() const override { return true; }
  /// Failure(data_damaged) when there is more.
  void finish() const;

 private:
  void on_whole(std::string_view name, std::int64_t& value) override;
  void on_real(std::string_view name, double& value) override;
  void on_vector(std::string_view name, Vector<float>& value) override;
  void on_vector(std::string_view name, Vector<double>& value) override;
  std::string_view get(std::string_view name, char kind);
  [[noreturn]] void mismatch(const std::string& wanted, const std::string& found) const;

  std::string_view bytes_;
  std::string_view owner_;
};

/// All that `owner` keeps. Saving changes nothing in it; it is not const because loading takes the same walk.
template <HasState T>
std::string state_bytes(T& owner) {
  StateWriter writer;
  owner.visit_state(writer);
  return writer.take();
}

/// Failure(data_damaged) when the bytes are of something else; `name` is what the message calls it.
template <HasState T>
void restore_state(T& owner, std::string_view bytes, std::string_view name) {
  StateReader reader(bytes, name);
  owner.visit_state(reader);
  reader.finish();
}

}  // namespace fedtide
