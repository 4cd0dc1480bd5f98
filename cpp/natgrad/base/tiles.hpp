#pragma once

#include <algorithm>
#include <chrono>
#include <vector>

#include "natgrad/base/buffer.hpp"
#include "natgrad/base/status.hpp"
#include "natgrad/base/threads.hpp"

namespace natgrad {

/// A batch of rows in memory: element (r, j) is data[r * row_stride + j * column_stride]; a row_stride of 0 repeats one
/// row for the whole batch. For an operand with no columns to speak of (a scalar a row) the width is 1.
template <class S>
struct Rows {
  S* data = nullptr;
  Index width = 1;
  Index row_stride = 0;
  Index column_stride = 1;
};

/// Whether the rows stand one after the other, without gaps.
template <class S>
bool contiguous(const Rows<S>& rows) {
  return rows.row_stride == rows.width && (rows.column_stride == 1 || rows.width == 1);
}

/// Rows [first, first + count) into groups of `lanes`; the rows missing in the last group repeat the last one, so that
/// every row of a batch is computed by the same code whatever its position.
template <class S>
void load_tile(const Rows<const S>& rows, Index first, Index count, Index lanes, S* tile);

/// The reverse of load_tile, without the repeated rows.
template <class S>
void store_tile(const Rows<S>& rows, Index first, Index count, Index lanes, const S* tile);

inline constexpr std::size_t most_tile_rows = 256;

/// How many rows a tile holds, at most `most_tile_rows`: as many as keep `width` numbers a row within the first-level
/// cache, a multiple of `lanes`, and the same for any number of threads.
template <class S>
Index tile_rows(Index width, Index lanes);

// The clock decides who computes a tile and when a pass asks its poll, never what is computed.

/// So many numbers the caller computes alone, to see what a tile costs.
inline constexpr Index numbers_alone = Index{1} << 13;
/// Seconds between a pass's polls.
inline constexpr double between_polls = 50e-3;

/// body(first, count, scratch) -> Outcome for every tile of `rows` rows, threaded; `numbers` is what a row costs to
/// move, `scratch_numbers` what body needs as aligned scratch. Tiles do not depend on the number of threads.
template <class S, class Body>
Outcome for_each_tile(Index rows, Index numbers, Index per_tile, Index scratch_numbers, Poll poll, const Body& body) {
  using Clock = std::chrono::steady_clock;
  Outcome outcome;
  const Index tiles = (rows + per_tile - 1) / per_tile;
  Index chunk = std::max<Index>(1, numbers_alone / std::max<Index>(1, per_tile * numbers));
  int threads = 1;
  double since_poll = 0;
  for (Index begin = 0; begin < tiles;) {
    const Index end = std::min(tiles, begin + chunk);
    const bool all_at_once = end - begin == tiles;
    const Clock::time_point start = all_at_once ? Clock::time_point() : Clock::now();
    // Several shares of consecutive tiles a thread, in case one is held up; scratch is taken once a share.
    const Index shares = threads == 1 ? 1 : std::min<Index>(Index{4} * threads, end - begin);
    std::vector<Outcome> outcomes(static_cast<std::size_t>(shares));
    parallel_for(shares, threads, [&](Index share) {
      Buffer<S, 256> scratch(scratch_numbers);
      const Index from = begin + (end - begin) * share / shares;
      const Index to = begin + (end - begin) * (share + 1) / shares;
      for (Index t = from; t < to; ++t) {
        const Index first = t * per_tile;
        outcomes[static_cast<std::size_t>(share)].merge(body(first, std::min(per_tile, rows - first), scratch.data()));
      }
    });
    for (const Outcome& part : outcomes) outcome.merge(part);
    if (all_at_once) break;

    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    const double of_a_tile = seconds / static_cast<double>(end - begin);
    begin = end;
    if (of_a_tile * static_cast<double>(tiles - begin) >= get_thread_threshold()) threads = get_num_threads();
    chunk = std::max<Index>(threads, static_cast<Index>(between_polls / std::max(of_a_tile, 1e-9)));
    since_poll += seconds;
    if (begin < tiles && since_poll >= between_polls) {
      since_poll = 0;
      if (poll.stop()) {
        outcome.interrupted = true;
        break;
      }
    }
  }
  return outcome;
}

}  // namespace natgrad
