#pragma once
// What a piece of work has to tell the user although nothing failed: a damaged cache that was not used.

#include <functional>
#include <string>

namespace fedtide {

/// While one lives, remarks of this thread go to it. Of two, the younger one hears them.
class RemarkListener {
 public:
  using Hear = std::function<void(const std::string&)>;
  explicit RemarkListener(Hear hear);
  ~RemarkListener();
  RemarkListener(const RemarkListener&) = delete;
  RemarkListener& operator=(const RemarkListener&) = delete;

 private:
  friend void remark(const std::string& sentence);
  Hear hear_;
  RemarkListener* outer_;
};

/// Says a sentence that starts with its place, as messages of errors do. Nobody may listen.
void remark(const std::string& sentence);

}  // namespace fedtide
