#include "sim/engine/dispatcher.h"

#include <algorithm>

namespace fedtide {

std::string pack_error(const std::exception& error) {
  const auto* failure = dynamic_cast<const Failure*>(&error);
  return std::string(1, static_cast<char>(failure ? failure->code() : ExitCode::bug)) + error.what();
}

std::exception_ptr unpack_error(int rank, std::string_view packed) {
  const auto code = static_cast<ExitCode>(static_cast<unsigned char>(packed.at(0)));
  const std::string text = fmt::format("rank {}: {}", rank, packed.substr(1));
  if (code == ExitCode::bug) return std::make_exception_ptr(std::logic_error(text));
  return std::make_exception_ptr(Failure(code, text));
}

Dispatcher::Dispatcher(JobPool& pool, Post& post, std::string holds)
    : pool_(pool), post_(post), holds_(std::move(holds)), workers_(static_cast<std::size_t>(post.ranks())) {
  pool_.share_with(this);
  post_.hand_to(this);
}

Dispatcher::~Dispatcher() {
  post_.hand_to(nullptr);
  pool_.share_with(nullptr);
}

void Dispatcher::on_take_back() {
  const SharedBytes letter = make_letter(LetterKind::take_back, 0);
  for (int rank = 1; rank < post_.ranks(); ++rank) post_.send(rank, letter);
}

std::shared_ptr<Job> Dispatcher::take_in(int rank, std::uint64_t number) {
  const auto found = away_.find(number);
  if (found == away_.end() || found->second.rank != rank) {
    throw std::logic_error(fmt::format("rank {} answers order {}, which it did not get", rank, number));
  }
  std::shared_ptr<Job> job = std::move(found->second.job);
  away_.erase(found);
  --workers_[static_cast<std::size_t>(rank)].away;
  return job;
}

void Dispatcher::on_letter(const Letter& letter) {
  try {
    take(letter);
  } catch (...) {
    fail(letter.from, std::current_exception());
  }
}

void Dispatcher::take(const Letter& letter) {
  switch (letter.kind()) {
    case LetterKind::ready:
      if (letter.rest() != holds_) {
        throw Failure(ExitCode::data_damaged, fmt::format("rank {}: holds other data than rank 0: give all ranks the "
                                                          "same files",
                                                          letter.from));
      }
      workers_[static_cast<std::size_t>(letter.from)].at_a_time = letter.number();
      break;
    case LetterKind::result: {
      const std::shared_ptr<Job> job = take_in(letter.from, letter.number());
      std::exception_ptr error;
      try {
        job->take_result(letter.rest());
      } catch (...) {
        error = std::current_exception();
      }
      pool_.finish(*job, error);
      break;
    }
    case LetterKind::error:
      pool_.finish(*take_in(letter.from, letter.number()), unpack_error(letter.from, letter.rest()));
      break;
    case LetterKind::dropped:
      pool_.finish(*take_in(letter.from, letter.number()));
      break;
    case LetterKind::failure:
      fail(letter.from, unpack_error(letter.from, letter.rest()));
      break;
    default:
      FEDTIDE_REQUIRE(false, "rank {} sends a letter of kind {}", letter.from, static_cast<int>(letter.kind()));
  }
}

void Dispatcher::fail(int rank, std::exception_ptr error) {
  if (!failure_) failure_ = std::move(error);
  workers_[static_cast<std::size_t>(rank)] = {};
  std::erase_if(away_, [&](const auto& entry) {
    if (entry.second.rank != rank) return false;
    pool_.finish(*entry.second.job, failure_);
    return true;
  });
}

int Dispatcher::freest() const {
  int best = 0;
  double most = 0;
  for (std::size_t rank = 1; rank < workers_.size(); ++rank) {
    const Worker& worker = workers_[rank];
    const std::uint64_t room = worker.at_a_time + (worker.at_a_time + 1) / 2;  // those that wait there: half as many
    if (worker.away >= room) continue;
    const double free = static_cast<double>(room - worker.away) / static_cast<double>(worker.at_a_time);
    if (free > most) best = static_cast<int>(rank), most = free;
  }
  return best;
}

void Dispatcher::on_turn() {
  if (failure_) {
    while (const std::shared_ptr<Job> job = pool_.take()) pool_.finish(*job, failure_);
    return;
  }
  for (int rank = freest(); rank > 0; rank = freest()) {
    std::shared_ptr<Job> job = pool_.take();
    if (!job) break;
    dispatch(rank, std::move(job));
  }
  if (sent_.size() >= look_at_) forget_the_gone();
}

void Dispatcher::dispatch(int rank, std::shared_ptr<Job> job) {
  const Attachment attachment = job->attachment();
  attach(rank, attachment);
  const std::string order = job->order();
  post_.send(rank, make_letter(LetterKind::order, orders_, order));
  away_.emplace(orders_++, Away{std::move(job), rank});
  ++workers_[static_cast<std::size_t>(rank)].away;
}

void Dispatcher::attach(int rank, const Attachment& attachment) {
  Sent& sent = sent_[attachment.id];
  if (sent.ranks.empty()) {
    sent.value = attachment.value;
    sent.ranks.resize(workers_.size());
  }
  if (sent.ranks[static_cast<std::size_t>(rank)]) return;
  sent.ranks[static_cast<std::size_t>(rank)] = true;
  SharedBytes letter = sent.letter.lock();
  if (!letter) letter = make_letter(LetterKind::attachment, attachment.id, attachment.pack());
  sent.letter = letter;
  post_.send(rank, std::move(letter));
}

void Dispatcher::forget_the_gone() {
  std::erase_if(sent_, [this](const auto& entry) {
    const auto& [id, sent] = entry;
    if (!sent.value.expired()) return false;
    const SharedBytes letter = make_letter(LetterKind::forget, id);
    for (std::size_t rank = 1; rank < sent.ranks.size(); ++rank) {
      if (sent.ranks[rank]) post_.send(static_cast<int>(rank), letter);
    }
    return true;
  });
  look_at_ = 2 * sent_.size() + 8;
}

}  // namespace fedtide
