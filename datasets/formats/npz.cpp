#include "datasets/formats/npz.h"

#include <zip.h>

#include <algorithm>
#include <utility>

#include "datasets/formats/npy.h"
#include "sim/base/error.h"
#include "sim/base/text.h"

namespace fedtide {
namespace {

constexpr std::uint64_t kMostExpansion = 1032;  // deflate: 258 bytes in two bits
constexpr zip_int64_t kMostMembers = 10'000;
constexpr std::string_view kEnding = ".npy";

struct CloseMember {
  void operator()(zip_file_t* file) const { zip_fclose(file); }
};

std::string text_of(zip_error_t* error) {
  std::string text = zip_error_strerror(error);
  zip_error_fini(error);
  return text;
}

}  // namespace

struct NpzFile::State {
  std::string name;
  zip_t* zip = nullptr;
  std::vector<std::string> names;

  ~State() {
    if (zip != nullptr) zip_discard(zip);
  }

  [[noreturn]] void damaged(const std::string& what) const {
    throw Failure(ExitCode::data_damaged, fmt::format("{}: {}", name, what));
  }

  void open(zip_source_t* source, zip_error_t& error) {
    if (source != nullptr) zip = zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &error);
    if (zip == nullptr) {
      if (source != nullptr) zip_source_free(source);
      damaged(fmt::format("no zip archive, or a damaged one ({}); must be an .npz of NumPy", text_of(&error)));
    }
    zip_error_fini(&error);
    list();
  }

  void list() {
    const zip_int64_t count = zip_get_num_entries(zip, 0);
    if (count > kMostMembers) damaged(fmt::format("{} members, must be at most {}", count, kMostMembers));
    for (zip_int64_t i = 0; i < count; ++i) {
      const char* member = zip_get_name(zip, static_cast<zip_uint64_t>(i), ZIP_FL_ENC_GUESS);
      std::string each = member == nullptr ? "" : member;
      if (!each.ends_with(kEnding)) damaged(fmt::format("the member \"{}\" is no array, must end in .npy", each));
      each.resize(each.size() - kEnding.size());
      if (std::find(names.begin(), names.end(), each) != names.end()) {
        damaged(fmt::format("the member \"{}.npy\" comes twice", each));
      }
      names.push_back(std::move(each));
    }
    if (names.empty()) damaged("the archive holds no arrays");
  }
};

NpzFile::NpzFile(std::unique_ptr<State> state) : state_(std::move(state)) {}
NpzFile::NpzFile(NpzFile&&) noexcept = default;
NpzFile::~NpzFile() = default;

NpzFile::NpzFile(const std::string& path) : state_(std::make_unique<State>()) {
  { ContentReader::open(path); }  // the system's own reason, before libzip's
  state_->name = path;
  zip_error_t error;
  zip_error_init(&error);
  state_->open(zip_source_file_create(path.c_str(), 0, -1, &error), error);
}

NpzFile NpzFile::over(const std::string& name, std::span<const std::uint8_t> bytes) {
  auto state = std::make_unique<State>();
  state->name = name;
  zip_error_t error;
  zip_error_init(&error);
  state->open(zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error), error);
  return NpzFile(std::move(state));
}

const std::vector<std::string>& NpzFile::names() const { return state_->names; }

bool NpzFile::has(const std::string& name) const {
  return std::find(state_->names.begin(), state_->names.end(), name) != state_->names.end();
}

Array NpzFile::read(const std::string& name) const {
  const auto found = std::find(state_->names.begin(), state_->names.end(), name);
  if (found == state_->names.end()) {
    throw Failure(ExitCode::usage,
                  fmt::format("{}: has no array \"{}\"{}", state_->name, name, suggestion(name, state_->names)));
  }
  const auto index = static_cast<zip_uint64_t>(found - state_->names.begin());
  zip_stat_t stat;
  constexpr zip_uint64_t kNeeded =
      ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD;
  if (zip_stat_index(state_->zip, index, 0, &stat) != 0 || (stat.valid & kNeeded) != kNeeded) {
    state_->damaged(fmt::format("the member \"{}.npy\" has no sizes", name));
  }
  const bool readable =
      stat.encryption_method == ZIP_EM_NONE && (stat.comp_method == ZIP_CM_STORE || stat.comp_method == ZIP_CM_DEFLATE);
  if (!readable) {
    state_->damaged(
        fmt::format("the member \"{}.npy\" is packed by method {}, must be stored or deflated, not encrypted", name,
                    stat.comp_method));
  }
  const std::unique_ptr<zip_file_t, CloseMember> member(zip_fopen_index(state_->zip, index, 0));
  const std::string place = fmt::format("{}: {}.npy", state_->name, name);
  if (!member) {
    throw Failure(ExitCode::data_damaged, fmt::format("{}: cannot be read ({})", place, zip_strerror(state_->zip)));
  }
  const auto supply = [&member, &place](std::span<std::uint8_t> out) {
    const zip_int64_t got = zip_fread(member.get(), out.data(), out.size());
    if (got < 0) {
      throw Failure(ExitCode::data_damaged,
                    fmt::format("{}: damaged zip data ({})", place, zip_file_strerror(member.get())));
    }
    return static_cast<std::size_t>(got);
  };
  const std::uint64_t most = std::min(stat.size, stat.comp_size * kMostExpansion);
  return read_npy(ContentReader::from(place, supply, most, stat.comp_size));
}

}  // namespace fedtide
