#pragma once

#include <array>
#include <cstdint>
#include <vector>

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

/// Rows [first, first + count) into groups of `lanes`; the rows missing in the last group repeat the last one, so that
/// every row of a batch is computed by the same code whatever its position.
template <class S>
void load_tile(const Rows<const S>& rows, Index first, Index count, Index lanes, S* tile);

/// The reverse of load_tile, without the repeated rows.
template <class S>
void store_tile(const Rows<S>& rows, Index first, Index count, Index lanes, const S* tile);

/// How many rows a tile holds: as many as keep `width` numbers a row within the first-level cache, a multiple of
/// `lanes`, and the same for any number of threads.
template <class S>
Index tile_rows(Index width, Index lanes);

/// Work of fewer numbers than this is not worth waking a second thread for.
inline constexpr Index parallel_threshold = 8192;
/// A pass asks its poll once in so many numbers.
inline constexpr Index numbers_between_polls = Index{1} << 19;

/// body(first, count, scratch) -> Outcome for every tile of `rows` rows, threaded; `numbers` is what a row costs to
/// move, `scratch_numbers` what body needs as aligned scratch. Tiles do not depend on the number of threads.
template <class S, class Body>
Outcome for_each_tile(Index rows, Index numbers, Index per_tile, Index scratch_numbers, Poll poll, const Body& body) {
  Outcome outcome;
  if (rows <= 0) return outcome;
  const Index tiles = (rows + per_tile - 1) / per_tile;
  const Index chunk = std::max<Index>(1, numbers_between_polls / std::max<Index>(1, per_tile * numbers));
  const int threads = rows * numbers < parallel_threshold ? 1 : get_num_threads();
  // A share of consecutive tiles for each thread: the scratch is taken once a share, not once a tile.
  constexpr std::size_t alignment = 64;
  for (Index begin = 0; begin < tiles; begin += chunk * threads) {
    if (begin > 0 && poll.stop()) {
      outcome.interrupted = true;
      return outcome;
    }
    const Index end = std::min(tiles, begin + chunk * threads);
    const Index shares = std::min<Index>(threads, end - begin);
    std::vector<Outcome> outcomes(static_cast<std::size_t>(shares));
    parallel_for(shares, threads, [&](Index share) {
      std::vector<std::uint8_t> bytes(static_cast<std::size_t>(scratch_numbers) * sizeof(S) + alignment);
      const auto address = reinterpret_cast<std::uintptr_t>(bytes.data());
      S* scratch = reinterpret_cast<S*>((address + alignment - 1) / alignment * alignment);
      const Index from = begin + (end - begin) * share / shares;
      const Index to = begin + (end - begin) * (share + 1) / shares;
      for (Index t = from; t < to; ++t) {
        const Index first = t * per_tile;
        outcomes[static_cast<std::size_t>(share)].merge(body(first, std::min(per_tile, rows - first), scratch));
      }
    });
    for (const Outcome& part : outcomes) outcome.merge(part);
  }
  return outcome;
}

}  // namespace natgrad
