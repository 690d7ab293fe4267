#include "sim/federation/buffered.h"

#include <utility>

namespace fedtide {

void Buffered::begin() {
  book_.evaluate();
  if (end_if(book_.reached())) return;
  schedule_refill(Time{0});
  if (const auto event = book_.end_of_time()) world_.queue.push(*event);
}

void Buffered::handle(const Event& event) {
  if (RoundBook::is_end_of_time(event)) return end(book_.time_is_over());
  if (event.phase == EventPhase::dispatch) {
    if (refill_at_ == event.at) refill();  // else another one has come before it
    return;
  }
  const auto end = book_.advance(event);
  if (!end) return;
  --running_;
  if (rule_.staleness_bound) {
    if (const auto on = on_.find(sent_[end->slot]); --on->second == 0) on_.erase(on);
  }
  if (end->arrived) arrive(end->slot);
  commit_when_due();
  if (!stopped()) schedule_refill(world_.queue.now());
}

void Buffered::schedule_refill(Time at) {
  if (refill_at_ && *refill_at_ <= at) return;
  refill_at_ = at;
  Event event;
  event.at = at;
  event.phase = EventPhase::dispatch;
  world_.queue.push(event);
}

/// The whole instant's free places at once, after all of its reports.
void Buffered::refill() {
  refill_at_.reset();
  const std::uint32_t wanted = rule_.concurrency - running_;
  if (wanted == 0) return;
  world_.population.set_now(world_.queue.now());
  const Stream stream(world_.seed, Purpose::cohort, 0u, ++draws_);
  const std::vector<ClientId> chosen = world_.selector.select(world_.population, wanted, stream);
  for (const ClientId client : chosen) dispatch(client);
  running_ += static_cast<std::uint32_t>(chosen.size());
  if (running_ == 0) {
    if (end_if(book_.fail(rule_.give_up, "selections in a row that found nobody"))) return;
  }
  if (chosen.size() < wanted) schedule_refill(world_.queue.now() + rule_.retry);
}

void Buffered::dispatch(ClientId client) {
  const std::uint32_t slot = book_.dispatch(client);
  if (!rule_.staleness_bound) return;
  const Version newest = world_.ledger.current()->number;
  if (sent_.size() <= slot) sent_.resize(slot + 1);
  sent_[slot] = newest;
  ++on_[newest];
}

void Buffered::arrive(std::uint32_t slot) {
  if (rule_.maximum_staleness && book_.staleness(slot) > *rule_.maximum_staleness) {
    return book_.finish(slot, Outcome::stale);
  }
  book_.release(slot);
  waiting_.push_back(slot);
}

void Buffered::commit_when_due() {
  if (waiting_.size() < rule_.buffer) return;
  // After the commit the oldest of those at work is this many versions behind.
  const auto behind = [this] { return raw(world_.ledger.current()->number) + 1 - raw(on_.begin()->first); };
  if (rule_.staleness_bound && !on_.empty() && behind() > *rule_.staleness_bound) return;
  commit();
}

void Buffered::commit() {
  book_.hand_over();
  for (const std::uint32_t slot : waiting_) book_.take_in(slot);
  waiting_.clear();
  book_.commit();
  book_.record().started = world_.queue.now();
  end_if(book_.reached());
}

void Buffered::end(StopReason reason) {
  for (const std::uint32_t slot : std::exchange(waiting_, {})) book_.finish(slot, Outcome::abandoned);
  for (std::uint32_t slot = 0; slot < book_.slots(); ++slot) {
    if (book_.under_way(slot)) book_.finish(slot, Outcome::abandoned);
  }
  book_.close();
  stop(std::move(reason));
}

namespace {

struct BufferedSpec final : ProtocolSpec {
  BufferedRule rule;
  std::uint32_t cohort() const override { return rule.concurrency; }
  std::uint32_t selected() const override { return rule.concurrency; }
  std::unique_ptr<Protocol> make(World& world) const override { return std::make_unique<Buffered>(rule, world); }
};

std::unique_ptr<ProtocolSpec> read_buffered(Section& s) {
  auto spec = std::make_unique<BufferedSpec>();
  BufferedRule& rule = spec->rule;
  const std::string source = "Nguyen et al. 2022, arXiv 2106.06639";
  const auto count = [&](const char* key, double fallback, const char* help) {
    return static_cast<std::uint32_t>(
        s.whole(key, {.fallback = fallback, .bounds = between(1, 1e9), .help = help, .source = source}));
  };
  rule.concurrency = count("concurrency", 100, "clients that train at a time (M)");
  rule.buffer = count("buffer", 10, "reports that make a version (K); 1: each does");
  const auto most = s.maybe_whole("maximum_staleness", {.fallback = {},
                                                        .bounds = between(0, 1e9),
                                                        .help = "reports of older versions than this are not used; "
                                                                "none: all are",
                                                        .source = source});
  if (most) rule.maximum_staleness = static_cast<std::uint32_t>(*most);
  const auto bound = s.maybe_whole("staleness_bound", {.fallback = {},
                                                       .bounds = between(1, 1e9),
                                                       .help = "a version waits while somebody at work would become "
                                                               "staler by it than this; none: it never does",
                                                       .source = "Ho et al. 2013; Wu et al. 2021, arXiv 1910.01355"});
  if (bound) rule.staleness_bound = static_cast<std::uint32_t>(*bound);
  rule.retry = s.duration("retry", {.fallback = 60.0,
                                    .bounds = positive(),
                                    .help = "pause before looking again when too few clients are eligible",
                                    .source = ""});
  rule.give_up = s.whole("give_up", {.fallback = 1000.0,
                                     .bounds = between(1, 1e9),
                                     .help = "selections in a row that find nobody, with nobody at work, that end the "
                                             "run",
                                     .source = ""});
  return spec;
}

const Registration<ProtocolEntry> entry{{{"buffered",
                                          "asynchronous: clients always train, every K reports make a "
                                          "version",
                                          "Nguyen et al. 2022, arXiv 2106.06639; Xie et al. 2020, arXiv 1903.03934"},
                                         read_buffered}};

}  // namespace
}  // namespace fedtide
