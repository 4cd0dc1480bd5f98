#pragma once

#include <algorithm>

#include "natgrad/base/status.hpp"

#if defined(_OPENMP)
#include <omp.h>
#endif

namespace natgrad {

/// The number of threads a pass may use; set once for the process (NATGRAD_NUM_THREADS, set_num_threads).
int get_num_threads();
void set_num_threads(int threads);

/// Seconds of work left in a batch that are worth waking other threads for: on a busy machine one may be slow to come.
/// 500 microseconds; a test that wants its threads sets 0.
double get_thread_threshold();
void set_thread_threshold(double seconds);

/// Asked between chunks of a long pass, on the calling thread: true means stop.
struct Poll {
  bool (*ask)() = nullptr;
  bool stop() const { return ask != nullptr && ask(); }
};

/// body(i) for i in [0, count), on up to `threads` threads. The caller's results may not depend on which thread runs
/// which i: that is what keeps every result bit-identical for any thread count.
template <class Body>
void parallel_for(Index count, int threads, const Body& body) {
#if defined(_OPENMP)
  if (threads > 1 && count > 1) {
#pragma omp parallel for schedule(dynamic) num_threads(static_cast<int>(std::min<Index>(threads, count)))
    for (Index i = 0; i < count; ++i) body(i);
    return;
  }
#endif
  (void)threads;
  for (Index i = 0; i < count; ++i) body(i);
}

}  // namespace natgrad
