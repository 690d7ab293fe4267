#pragma once
#include "sim/base/headers.h"

// Catch2 version 2 (Debian 12) and version 3 differ in one include.

/// What a bound on CPU time is multiplied by: a sanitizer's own time is not the program's.
#ifdef FEDTIDE_SANITIZED
inline constexpr double kSlowdown = 20;
#else
inline constexpr double kSlowdown = 1;
#endif

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Catch::Approx;
#else
#include <catch2/catch.hpp>
#endif
