#include "natgrad/base/threads.hpp"

#include <atomic>
#include <cstdlib>
#include <thread>

namespace natgrad {
namespace {

int initial_count() {
  if (const char* text = std::getenv("NATGRAD_NUM_THREADS")) {
    const int asked = std::atoi(text);
    if (asked > 0) return asked;
  }
#if defined(_OPENMP)
  return std::max(1, omp_get_max_threads());
#else
  return 1;
#endif
}

std::atomic<int>& count() {
  static std::atomic<int> value{initial_count()};
  return value;
}

std::atomic<double>& threshold() {
  static std::atomic<double> value{500e-6};
  return value;
}

}  // namespace

int get_num_threads() { return count().load(); }
void set_num_threads(int threads) { count().store(std::max(1, threads)); }

double get_thread_threshold() { return threshold().load(); }
void set_thread_threshold(double seconds) { threshold().store(seconds); }

}  // namespace natgrad
