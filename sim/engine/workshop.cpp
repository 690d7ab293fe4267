#include "sim/engine/workshop.h"

#include "sim/base/error.h"
#include "sim/engine/dispatcher.h"

namespace fedtide {

/// A twin whose result, or error, goes to rank 0.
class Workshop::Ordered final : public Job {
 public:
  Ordered(Workshop& workshop, std::uint64_t number, std::unique_ptr<Job> twin)
      : workshop_(workshop), number_(number), twin_(std::move(twin)) {}

  void compute(int worker) override {
    Post& post = workshop_.post_;
    if (number_ < workshop_.taken_back_) return post.send(0, make_letter(LetterKind::dropped, number_));
    try {
      twin_->compute(worker);
      post.send(0, make_letter(LetterKind::result, number_, twin_->result()));
    } catch (const std::exception& error) {
      post.send(0, make_letter(LetterKind::error, number_, pack_error(error)));
    }
    twin_.reset();
  }

 private:
  Workshop& workshop_;
  std::uint64_t number_;
  std::unique_ptr<Job> twin_;
};

// The pool's own thread waits for the end, so there is one more.
Workshop::Workshop(Post& post, JobMaker& maker, int threads, std::string holds)
    : post_(post), maker_(maker), threads_(threads), holds_(std::move(holds)), pool_(Executor::threads, threads + 1) {}

Workshop::~Workshop() { post_.hand_to(nullptr); }

int Workshop::wait_for_stop(Post& post) {
  for (;;) {
    const Letter letter = post.wait();
    if (letter.kind() == LetterKind::stop) return static_cast<int>(letter.number());
  }
}

int Workshop::work() {
  post_.send(0, make_letter(LetterKind::ready, static_cast<std::uint64_t>(threads_), holds_));
  post_.hand_to(this);
  code_.wait(-1);
  post_.hand_to(nullptr);
  pool_.take_back();
  return code_;
}

void Workshop::begin(const Letter& letter) {
  std::unique_ptr<Job> twin = maker_.make(letter.rest());
  next_ = letter.number() + 1;
  pool_.start(std::make_shared<Ordered>(*this, letter.number(), std::move(twin)),
              Time{static_cast<std::int64_t>(letter.number())});
}

void Workshop::on_letter(const Letter& letter) {
  if (code_ != -1) return;
  try {
    switch (letter.kind()) {
      case LetterKind::attachment:
        return maker_.attach(letter.number(), letter.rest());
      case LetterKind::forget:
        return maker_.forget(letter.number());
      case LetterKind::order:
        return begin(letter);
      case LetterKind::take_back:
        taken_back_ = next_;
        return;
      case LetterKind::stop:
        code_ = static_cast<int>(letter.number());
        code_.notify_all();
        return;
      default:
        FEDTIDE_REQUIRE(false, "rank 0 sends a letter of kind {}", static_cast<int>(letter.kind()));
    }
  } catch (const std::exception& error) {
    post_.send(0, make_letter(LetterKind::failure, 0, pack_error(error)));
  }
}

}  // namespace fedtide
