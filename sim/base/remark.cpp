#include "sim/base/remark.h"

#include <utility>

namespace fedtide {
namespace {

thread_local RemarkListener* listening = nullptr;

}  // namespace

RemarkListener::RemarkListener(Hear hear) : hear_(std::move(hear)), outer_(listening) { listening = this; }

RemarkListener::~RemarkListener() { listening = outer_; }

void remark(const std::string& sentence) {
  if (listening != nullptr) listening->hear_(sentence);
}

}  // namespace fedtide
