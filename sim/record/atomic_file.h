#pragma once
// A file that is whole or absent: written under a temporary name in its own folder, synced, renamed, the folder synced.

#include <filesystem>
#include <string_view>

namespace fedtide {

/// Give `temporary()` to whatever writes the file, close it, then `commit`. Without a commit the temporary is removed.
class AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path target);
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  ~AtomicFile();

  const std::filesystem::path& temporary() const { return temporary_; }
  /// After it returns, the target is the new file even if the power fails. Errors: Failure(io); the target is then the
  /// old file, or the new one when only the last sync failed.
  void commit();

 private:
  std::filesystem::path target_;
  std::filesystem::path temporary_;
  bool committed_ = false;
};

/// A small file in one go. Errors: Failure(io).
void write_atomically(const std::filesystem::path& target, std::string_view text);

/// Removes what killed writers left in `folder`. The caller holds the folder's lock. Errors: Failure(io).
void remove_stale_temporaries(const std::filesystem::path& folder);

}  // namespace fedtide
