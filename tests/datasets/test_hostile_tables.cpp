// Small files of every text format with each cut and each byte changed: an error with a place, or data that differ only
// where the file does.

#include <sys/resource.h>

#include "sim/base/distributions.h"
#include "sim/files/csv.h"
#include "tests/catch.h"
#include "tests/datasets/tables.h"

namespace fedtide {
namespace {

using Rows = std::vector<std::vector<double>>;

struct Victim {
  std::string name;
  std::string keys;  ///< besides path
  std::string text;
};

const std::vector<Victim> kVictims{
    {"csv",
     "dataset: csv\ncolumns:\n  - {name: y, type: label, values: 'no, yes'}\n  - {name: c, type: category, values: "
     "'red, blue'}\n",
     "a,c,y,b\n1.5,red,no,10\n2.5,\"blue\",yes,20\n3.5,red,yes,30\n"},
    {"libsvm", "dataset: libsvm\nfeatures: 9\nlayout: dense\ntask: regression\n", "-1 2:0.5 7:1\n+1 1:2 9:3\n-1 3:4\n"},
    {"arff", "dataset: arff\n",
     "@relation r\n@attribute n numeric\n@attribute 'c d' {a,b}\n@attribute y {0,1}\n@data\n1,a,0\n2,'b',1\n3,a,1\n"},
};

struct Outcome {
  Said said;
  Rows rows;  ///< empty when it failed
};

Outcome outcome(const Victim& victim, const ByteString& content) {
  const TemporaryFolder folder;
  const std::string path = folder.write("victim", content);
  Outcome out;
  out.said = said_by([&] { out.rows = samples(*source_of(victim.keys + "path: " + path).train); });
  if (out.said.message.starts_with(path)) out.said.message.erase(0, path.size());
  return out;
}

/// An error of the file or, where a changed name no longer is what the config asks for, of its use.
bool is_named(const Said& said) {
  return (said.code == ExitCode::data_damaged || said.code == ExitCode::usage) && said.message.starts_with(": ");
}

TEST_CASE("a text that is cut anywhere is an error, or has the first rows of the whole") {
  for (const Victim& victim : kVictims) {
    const Rows whole = outcome(victim, bytes_of(victim.text)).rows;
    REQUIRE(whole.size() == 3);
    int errors = 0;
    for (std::size_t size = 0; size < victim.text.size(); ++size) {
      INFO(victim.name << " cut after " << size);
      const Outcome cut = outcome(victim, bytes_of(victim.text.substr(0, size)));
      if (cut.said.code != ExitCode::done) {
        CHECK(is_named(cut.said));
        ++errors;
        continue;
      }
      // What was cut in the middle of a number is the last row's; rows before it are whole.
      REQUIRE(cut.rows.size() <= whole.size());
      for (std::size_t i = 0; i + 1 < cut.rows.size(); ++i) CHECK(cut.rows[i] == whole[i]);
    }
    CHECK(errors > static_cast<int>(victim.text.size()) / 3);
  }
}

TEST_CASE("a packed text that is cut anywhere is an error") {
  for (const Victim& victim : kVictims) {
    const ByteString packed = gzipped(bytes_of(victim.text));
    for (std::size_t size = 0; size < packed.size(); ++size) {
      INFO(victim.name << " cut after " << size);
      const Outcome cut = outcome(victim, {packed.begin(), packed.begin() + static_cast<std::ptrdiff_t>(size)});
      CHECK(is_named(cut.said));
    }
  }
}

TEST_CASE("a text with any byte changed is an error, or differs in the rows of that byte only") {
  for (const Victim& victim : kVictims) {
    const Rows whole = outcome(victim, bytes_of(victim.text)).rows;
    const bool has_header = victim.name != "libsvm";
    const std::size_t first_row = victim.name == "csv" ? 8 : victim.text.find("@data") + 6;
    int same = 0, different = 0, errors = 0;
    for (std::size_t at = 0; at < victim.text.size(); ++at) {
      // The row that holds the byte.
      const std::size_t begin = has_header ? first_row : 0;
      const std::size_t end = std::max(at, begin);
      const auto own = std::count(victim.text.begin() + static_cast<std::ptrdiff_t>(begin),
                                  victim.text.begin() + static_cast<std::ptrdiff_t>(end), '\n');
      for (const unsigned flip : {0x01u, 0x04u, 0x10u, 0x20u, 0x80u, 0x2au}) {
        INFO(victim.name << " byte " << at << " by " << flip);
        ByteString bad = bytes_of(victim.text);
        bad[at] = static_cast<std::uint8_t>(bad[at] ^ flip);
        const Outcome flipped = outcome(victim, bad);
        if (flipped.said.code != ExitCode::done) {
          CHECK(is_named(flipped.said));
          ++errors;
          continue;
        }
        if (flipped.rows == whole) {
          ++same;
          continue;
        }
        ++different;
        if (has_header && at < first_row) continue;  // the header says what every row is
        if (flipped.rows.size() != whole.size()) continue;
        for (std::size_t row = 0; row < whole.size(); ++row) {
          if (row != static_cast<std::size_t>(own)) CHECK(flipped.rows[row] == whole[row]);
        }
      }
    }
    INFO(victim.name << ": " << errors << " errors, " << different << " different, " << same << " the same");
    CHECK(errors > different);
    CHECK(different > 0);
  }
}

TEST_CASE("a packed text with any byte changed is an error, or the same") {
  for (const Victim& victim : kVictims) {
    const Rows whole = outcome(victim, bytes_of(victim.text)).rows;
    const ByteString packed = gzipped(bytes_of(victim.text));
    for (std::size_t at = 0; at < packed.size(); ++at) {
      INFO(victim.name << " byte " << at);
      ByteString bad = packed;
      bad[at] ^= 0x10;
      const Outcome flipped = outcome(victim, bad);
      // The gzip header's time stamp and system are not checked by anybody; a text that is no gzip file is no table.
      if (flipped.said.code == ExitCode::done) {
        CHECK(flipped.rows == whole);
      } else {
        CHECK(is_named(flipped.said));
      }
    }
  }
}

TEST_CASE("random bytes never do more than fail") {
  Stream stream(5, Purpose::dataset);
  constexpr std::string_view kLikely = "0123456789.,-+:;\"'\\ \t\n\r%#{}?@eEnaif";
  for (int i = 0; i < 1000; ++i) {
    const Victim& victim = kVictims[uniform_below(stream, 3)];
    ByteString bad = bytes_of(victim.text);
    for (std::uint32_t changes = 1 + uniform_below(stream, 6); changes > 0; --changes) {
      const std::size_t at = uniform_below(stream, static_cast<std::uint32_t>(bad.size()));
      const auto byte = static_cast<std::uint8_t>(kLikely[uniform_below(stream, kLikely.size())]);
      if (uniform(stream) < 0.5) {
        bad[at] = byte;
      } else {
        bad.insert(bad.begin() + static_cast<std::ptrdiff_t>(at), byte);
      }
    }
    const Outcome out = outcome(victim, bad);
    if (out.said.code != ExitCode::done && !is_named(out.said)) FAIL(std::string(bad.begin(), bad.end()));
  }
}

TEST_CASE("a line of very many fields, names or values takes no time that is quadratic in them") {
  // 16 MB would be the longest line; 200,000 of anything in one.
  std::string header = "y", list = "@relation r\n@attribute a {0", many = "1";
  for (int i = 1; i < 200'000; ++i) {
    header += fmt::format(",c{}", i);
    list += fmt::format(",{}", i);
    many += fmt::format(" {}:1", i);
  }
  const Victim csv{"", "dataset: csv\ncolumns: [{name: y, type: label}]\n", ""};
  CHECK(outcome(csv, bytes_of(header + "\n1\n")).said.code == ExitCode::data_damaged);
  const Victim arff{"", "dataset: arff\n", ""};
  CHECK(outcome(arff, bytes_of(list + "}\n@attribute y {0,1}\n@data\n0,0\n2,1\n7,2\n")).said.code ==
        ExitCode::data_damaged);
  const Victim libsvm{"", "dataset: libsvm\n", ""};
  CHECK(outcome(libsvm, bytes_of(many + "\n2 1:1\n")).rows.size() == 2);
}

}  // namespace
}  // namespace fedtide
