#pragma once
// Counts what a piece of code takes from the heap. To be included in one file of a test program: it replaces malloc and
// its kin, through which operator new and Eigen go as well.

#include <cerrno>
#include <cstddef>

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define FEDTIDE_COUNTS_ALLOCATIONS 1

namespace fedtide {
inline thread_local bool counting_allocations = false;
inline thread_local long allocations_counted = 0;
inline void note_allocation() {
  if (counting_allocations) ++allocations_counted;
}
}  // namespace fedtide

extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* old, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);

void* malloc(std::size_t size) noexcept {
  fedtide::note_allocation();
  return __libc_malloc(size);
}
void* calloc(std::size_t count, std::size_t size) noexcept {
  fedtide::note_allocation();
  return __libc_calloc(count, size);
}
void* realloc(void* old, std::size_t size) noexcept {
  fedtide::note_allocation();
  return __libc_realloc(old, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
  fedtide::note_allocation();
  return __libc_memalign(alignment, size);
}
int posix_memalign(void** out, std::size_t alignment, std::size_t size) noexcept {
  fedtide::note_allocation();
  *out = __libc_memalign(alignment, size);
  return *out != nullptr ? 0 : ENOMEM;
}
}
#else
#define FEDTIDE_COUNTS_ALLOCATIONS 0
#endif

namespace fedtide {

/// How many blocks `code` takes from the heap on this thread; 0 under a sanitizer, which has an allocator of its own.
template <class Code>
long allocations_of(Code code) {
#if FEDTIDE_COUNTS_ALLOCATIONS
  allocations_counted = 0;
  counting_allocations = true;
  code();
  counting_allocations = false;
  return allocations_counted;
#else
  code();
  return 0;
#endif
}

}  // namespace fedtide
