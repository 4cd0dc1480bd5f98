// The smallest test harness: CHECK counts, prints what failed, and main returns check::report().
#pragma once
#include <cstdio>

namespace check {
inline int passed = 0, failed = 0;

inline void record(bool ok, const char* name, double value, const char* condition, const char* file, int line) {
  ++(ok ? passed : failed);
  if (!ok) std::printf("%s:%d: %s: %s fails at %.17g\n", file, line, name, condition, value);
}
// Prints `N passed, N failed`; the exit status of main.
inline int report() {
  std::printf("%d passed, %d failed\n", passed, failed);
  return failed == 0 ? 0 : 1;
}
}  // namespace check

// CHECK_AT names what is tested and the value it is tested at; CHECK is for a bare condition.
#define CHECK_AT(name, value, ...) \
  check::record(bool(__VA_ARGS__), name, double(value), #__VA_ARGS__, __FILE__, __LINE__)
#define CHECK(...) CHECK_AT("check", 0, __VA_ARGS__)
