#include "sim/cli/sha256.h"

#include <openssl/evp.h>
#include <zlib.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>
#include <vector>

#include "sim/base/error.h"

namespace fedtide {
namespace {

constexpr std::size_t kBlock = std::size_t{1} << 18;

class Sha256 {
 public:
  Sha256() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
    FEDTIDE_REQUIRE(context_ && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1, "no SHA-256");
  }
  void add(const std::uint8_t* bytes, std::size_t count) {
    FEDTIDE_REQUIRE(EVP_DigestUpdate(context_.get(), bytes, count) == 1, "SHA-256 failed");
  }
  std::string text() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned length = 0;
    FEDTIDE_REQUIRE(EVP_DigestFinal_ex(context_.get(), digest.data(), &length) == 1, "SHA-256 failed");
    std::string hex;
    for (unsigned i = 0; i < length; ++i) hex += fmt::format("{:02x}", digest[i]);
    return hex;
  }

 private:
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

std::string reason(int error) { return std::generic_category().message(error); }

void digest_bytes(const std::string& path, FileDigest& digest) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), std::fclose);
  if (!file) throw Failure(ExitCode::no_input, fmt::format("{}: cannot be opened: {}", path, reason(errno)));
  Sha256 sha;
  std::vector<std::uint8_t> block(kBlock);
  while (const std::size_t count = std::fread(block.data(), 1, block.size(), file.get())) {
    sha.add(block.data(), count);
    digest.bytes += count;
  }
  if (std::ferror(file.get())) throw Failure(ExitCode::io, fmt::format("{}: cannot be read: {}", path, reason(errno)));
  digest.sha256 = sha.text();
}

/// Digest of what the file holds; empty when it is not packed.
std::string digest_content(const std::string& path) {
  const std::unique_ptr<gzFile_s, int (*)(gzFile)> file(gzopen(path.c_str(), "rb"), gzclose_r);
  if (!file) throw Failure(ExitCode::no_input, fmt::format("{}: cannot be opened: {}", path, reason(errno)));
  gzbuffer(file.get(), kBlock);
  Sha256 sha;
  std::vector<std::uint8_t> block(kBlock);
  int count = gzread(file.get(), block.data(), static_cast<unsigned>(block.size()));
  if (gzdirect(file.get())) return "";
  for (; count > 0; count = gzread(file.get(), block.data(), static_cast<unsigned>(block.size()))) {
    sha.add(block.data(), static_cast<std::size_t>(count));
  }
  int error = Z_OK;
  const char* message = gzerror(file.get(), &error);
  if (error != Z_OK) throw Failure(ExitCode::data_damaged, fmt::format("{}: damaged gzip data: {}", path, message));
  return sha.text();
}

}  // namespace

FileDigest digest_file(const std::string& path) {
  FileDigest digest;
  digest_bytes(path, digest);
  digest.content = digest_content(path);
  if (digest.content.empty()) digest.content = digest.sha256;
  return digest;
}

}  // namespace fedtide
