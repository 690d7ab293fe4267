# x86-64-v3 (AVX2, FMA), not "native": gcc 12's tuning for Zen 2 and 3 makes Eigen's matrix product slower.
include(CheckCXXSourceRuns)

if(FEDTIDE_ARCH STREQUAL "auto")
  set(CMAKE_REQUIRED_FLAGS "-march=x86-64-v3")
  check_cxx_source_runs("int main() { __builtin_cpu_init();
      return __builtin_cpu_supports(\"avx2\") && __builtin_cpu_supports(\"fma\") && __builtin_cpu_supports(\"bmi2\") ? 0 : 1; }"
    FEDTIDE_HAS_X86_64_V3)
  unset(CMAKE_REQUIRED_FLAGS)
  if(FEDTIDE_HAS_X86_64_V3)
    set(FEDTIDE_MARCH "x86-64-v3")
  endif()
else()
  set(FEDTIDE_MARCH "${FEDTIDE_ARCH}")
endif()

add_library(fedtide_flags INTERFACE)
target_compile_options(fedtide_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror
  # gcc 12 warns falsely inside std::string once it inlines (GCC bugs 105651, 105329); clang-tidy and the sanitizers look for the true ones.
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict -Wno-maybe-uninitialized>
  # libstdc++ switches these off around its copies of characters; a precompiled header forgets that.
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<NOT:$<BOOL:${CMAKE_DISABLE_PRECOMPILE_HEADERS}>>>:-Wno-stringop-overflow -Wno-stringop-overread -Wno-array-bounds>
  -ffp-contract=off)  # a fused multiply-add in one path and not in the other would change bits
if(FEDTIDE_MARCH)
  target_compile_options(fedtide_flags INTERFACE -march=${FEDTIDE_MARCH})
endif()
target_compile_definitions(fedtide_flags INTERFACE EIGEN_DONT_PARALLELIZE)
target_include_directories(fedtide_flags INTERFACE ${CMAKE_SOURCE_DIR})
if(CMAKE_BUILD_TYPE STREQUAL "Release" AND NOT FEDTIDE_SANITIZE)
  target_compile_options(fedtide_flags INTERFACE -fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
  target_link_options(fedtide_flags INTERFACE -Wl,-z,relro,-z,now)
else()
  target_compile_definitions(fedtide_flags INTERFACE _GLIBCXX_ASSERTIONS)
endif()
if(FEDTIDE_SANITIZE)
  target_compile_options(fedtide_flags INTERFACE -fsanitize=${FEDTIDE_SANITIZE} -fno-omit-frame-pointer
                                                 -fno-sanitize-recover=all)
  target_link_options(fedtide_flags INTERFACE -fsanitize=${FEDTIDE_SANITIZE})
endif()
