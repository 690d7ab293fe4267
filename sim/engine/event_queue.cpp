#include "sim/engine/event_queue.h"

#include <algorithm>
#include <bit>
#include <tuple>

#include "sim/base/error.h"

namespace fedtide {
namespace {

auto key_within_instant(const Event& e) { return std::tuple(e.phase, e.tie, e.sequence); }

// std:: heaps keep the largest on top; ours is the first.
bool goes_later(const Event& a, const Event& b) { return key_within_instant(a) > key_within_instant(b); }

}  // namespace

bool before(const Event& a, const Event& b) {
  if (a.at != b.at) return a.at < b.at;
  return key_within_instant(a) < key_within_instant(b);
}

std::size_t EventQueue::bucket_of(Time at) const {
  const auto difference = static_cast<std::uint64_t>(at.ns) ^ static_cast<std::uint64_t>(now_.ns);
  return static_cast<std::size_t>(63 - std::countl_zero(difference));
}

void EventQueue::push(Event event) {
  FEDTIDE_REQUIRE(event.at >= now_, "event at {} ns is before the clock's {} ns", event.at.ns, now_.ns);
  event.sequence = pushes_++;
  ++size_;
  if (event.at == now_) {
    instant_.push_back(event);
    std::push_heap(instant_.begin(), instant_.end(), goes_later);
    return;
  }
  const std::size_t bucket = bucket_of(event.at);
  later_[bucket].push_back(event);
  filled_ |= std::uint64_t{1} << bucket;
}

void EventQueue::reach_next_instant() {
  const auto lowest = static_cast<std::size_t>(std::countr_zero(filled_));
  std::vector<Event> bucket;
  bucket.swap(later_[lowest]);
  filled_ &= ~(std::uint64_t{1} << lowest);
  now_ = std::min_element(bucket.begin(), bucket.end(), [](const Event& a, const Event& b) { return a.at < b.at; })->at;
  for (const Event& event : bucket) {
    if (event.at == now_) {
      instant_.push_back(event);
    } else {
      const std::size_t finer = bucket_of(event.at);
      later_[finer].push_back(event);
      filled_ |= std::uint64_t{1} << finer;
    }
  }
  std::make_heap(instant_.begin(), instant_.end(), goes_later);
  // The emptied bucket gives its memory back to its place: growth is paid once.
  bucket.clear();
  if (later_[lowest].empty()) later_[lowest].swap(bucket);
}

Event EventQueue::pop() {
  FEDTIDE_REQUIRE(size_ > 0, "pop from an empty event queue");
  if (instant_.empty()) reach_next_instant();
  std::pop_heap(instant_.begin(), instant_.end(), goes_later);
  const Event event = instant_.back();
  instant_.pop_back();
  --size_;
  return event;
}

}  // namespace fedtide
