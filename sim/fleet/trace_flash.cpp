// FLASH's messages: every change of a phone's state, from which the hours it
// may train in follow.

#include <algorithm>
#include <chrono>
#include <optional>
#include <string_view>
#include <vector>

#include "sim/base/error.h"
#include "sim/files/lines.h"
#include "sim/files/number.h"
#include "sim/fleet/trace_readers.h"
#include "sim/fleet/trace_records.h"

namespace fedtide {
namespace {

namespace chrono = std::chrono;

constexpr chrono::sys_days kReference = chrono::year(2020) / chrono::January / 2;

std::optional<int> digits(std::string_view text, std::size_t first, std::size_t count) {
  int value = 0;
  for (const char c : text.substr(first, count)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = 10 * value + (c - '0');
  }
  return value;
}

/// Seconds since the reference of "YYYY-MM-DD HH:MM:SS".
std::optional<std::int64_t> parse_stamp(std::string_view text) {
  if (text.size() != 19 || text[4] != '-' || text[7] != '-' || text[10] != ' ' || text[13] != ':' || text[16] != ':') {
    return std::nullopt;
  }
  const auto year = digits(text, 0, 4), month = digits(text, 5, 2), day = digits(text, 8, 2);
  const auto hour = digits(text, 11, 2), minute = digits(text, 14, 2), second = digits(text, 17, 2);
  if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
  const chrono::year_month_day date(chrono::year(*year), chrono::month(static_cast<unsigned>(*month)),
                                    chrono::day(static_cast<unsigned>(*day)));
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  const auto days = (chrono::sys_days(date) - kReference).count();
  return std::int64_t{days} * 86400 + *hour * 3600 + *minute * 60 + *second;
}

/// What FLASH's rule needs to know of a phone.
struct PhoneState {
  bool locked = false;
  bool wifi = false;
  bool charging = false;

  bool ready() const { return locked && wifi && charging; }

  /// Takes a message; false when there is none of this name.
  bool take(std::string_view state) {
    if (state == "screen_lock" || state == "screen_unlock") {
      locked = state == "screen_lock";
    } else if (state == "battery_charged_on" || state == "battery_charged_off") {
      charging = state == "battery_charged_on";
    } else if (state == "wifi") {
      wifi = true;
    } else if (state == "2g" || state == "3g" || state == "4g" || state == "5g" || state == "unknown") {
      wifi = false;
    } else if (state.ends_with('%')) {
      return parse_number(state.substr(0, state.size() - 1)).has_value();
    } else {
      constexpr std::string_view kOthers[] = {"screen_on",    "screen_off", "battery_low",
                                              "battery_okay", "phone_on",   "phone_off"};
      return std::find(std::begin(kOthers), std::end(kOthers), state) != std::end(kOthers);
    }
    return true;
  }
};

std::string_view stripped(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

Duration seconds(std::int64_t count) { return Duration::from_seconds(static_cast<double>(count)); }

/// The intervals of one device, in seconds since the reference.
struct Messages {
  std::vector<std::pair<std::int64_t, std::int64_t>> ready;
  std::optional<std::int64_t> begin;
  std::int64_t end = 0;
};

Messages read_messages(const TraceRecordReader& record) {
  Messages messages;
  PhoneState phone;
  std::optional<std::int64_t> since;
  std::string_view rest = record.text("messages");
  for (std::int64_t number = 1; !rest.empty(); ++number) {
    const std::string_view message = stripped(rest.substr(0, rest.find('\n')));
    rest.remove_prefix(
        std::min(rest.size(), rest.find('\n') == std::string_view::npos ? rest.size() : rest.find('\n') + 1));
    if (message.empty()) continue;
    const auto damaged = [&](const std::string& what) {
      record.damaged("messages", fmt::format("line {}: {}", number, what));
    };
    const std::size_t tab = message.find('\t');
    const auto at = parse_stamp(stripped(message.substr(0, tab)));
    if (tab == std::string_view::npos || !at) {
      damaged(fmt::format("found {}, must be YYYY-MM-DD HH:MM:SS, a tab and a state", in_quotes(message)));
    }
    if (messages.begin && *at < messages.end) damaged("is earlier than the message above it, must be in order");
    std::string state(stripped(message.substr(tab)));
    for (char& c : state) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (!phone.take(state)) damaged(fmt::format("found the state {}, must be one of FLASH's", in_quotes(state)));
    if (!messages.begin) messages.begin = *at;
    messages.end = *at;
    if (phone.ready() && !since) since = *at;
    if (!phone.ready() && since) {
      if (*since < *at) messages.ready.emplace_back(*since, *at);
      since.reset();
    }
  }
  if (since && *since < messages.end) messages.ready.emplace_back(*since, messages.end);
  return messages;
}

/// Turns a trace round so that it starts at the reference: what lies across its
/// new end becomes two intervals.
std::vector<Interval> from_reference(const Messages& messages, std::int64_t length) {
  std::vector<Interval> early, late;
  const std::int64_t phase = ((*messages.begin % length) + length) % length;
  for (const auto& [begin, end] : messages.ready) {
    const std::int64_t first = begin - *messages.begin + phase, last = end - *messages.begin + phase;
    if (first < length) late.push_back({seconds(first), seconds(std::min(last, length))});
    if (last > length) early.push_back({seconds(std::max(first, length) - length), seconds(last - length)});
  }
  early.insert(early.end(), late.begin(), late.end());
  return early;
}

}  // namespace

IntervalTraces read_flash_traces(ContentReader content) {
  IntervalTraces traces;
  read_trace_records(content, [&](const TraceRecordReader& record) {
    const Messages messages = read_messages(record);
    if (messages.ready.empty()) return;
    const std::int64_t length = messages.end - *messages.begin;
    if (seconds(length) > kLongestTrace) record.damaged("messages", "span more than 100 years");
    traces.add(from_reference(messages, length), seconds(length));
  });
  if (traces.size() == 0) {
    throw Failure(ExitCode::data_damaged, content.name() +
                                              ": no device is ever locked, on Wi-Fi and "
                                              "charging; must be one at least");
  }
  return traces;
}

}  // namespace fedtide
