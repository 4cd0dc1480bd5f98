#include "natgrad/base/tiles.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "natgrad/base/pack.hpp"

namespace natgrad {
namespace {

// A row of `width` numbers and what it takes of a tile: numbers of one row stand `lanes` apart there.
template <class S>
void load_row(const S* row, Index column_stride, Index width, Index lanes, S* to) {
  for (Index j = 0; j < width; ++j) to[j * lanes] = row[j * column_stride];
}
template <class S>
void store_row(S* row, Index column_stride, Index width, Index lanes, const S* from) {
  for (Index j = 0; j < width; ++j) row[j * column_stride] = from[j * lanes];
}

#if defined(__has_builtin) && !defined(NATGRAD_ONE_LANE)
#if __has_builtin(__builtin_shufflevector)
#define NATGRAD_SHUFFLES
#endif
#endif

#ifdef NATGRAD_SHUFFLES
// a0 b0 a1 b1 ... from the lower or the upper halves of a and b.
template <bool upper, class R, std::size_t... i>
NATGRAD_INLINE R interleaved(R a, R b, std::index_sequence<i...>) {
  constexpr int n = sizeof...(i);
  return __builtin_shufflevector(a, b, static_cast<int>((upper ? n / 2 : 0) + i / 2 + (i % 2) * n)...);
}

// The square whose rows are n registers is transposed by log2(n) rounds of a perfect shuffle.
template <class R>
NATGRAD_INLINE void transpose(R* square) {
  constexpr int n = width<R>;
  constexpr std::make_index_sequence<n> lane{};
  for (int round = 1; round < n; round *= 2) {
    R next[n];
    for (int i = 0; i < n / 2; ++i) {
      next[2 * i] = interleaved<false>(square[i], square[i + n / 2], lane);
      next[2 * i + 1] = interleaved<true>(square[i], square[i + n / 2], lane);
    }
    for (int i = 0; i < n; ++i) square[i] = next[i];
  }
}

// One group of contiguous rows, in squares of as many columns as there are lanes; the last square overlaps the one
// before it. Rows narrower than a square read and write past their end: the next row must stand there, yet to be read
// or written.
template <class R>
void load_group(const scalar_of<R>* from, Index row_width, scalar_of<R>* to) {
  constexpr Index n = width<R>;
  for (Index done = 0; done < row_width; done += n) {
    const Index j = std::max<Index>(0, std::min(done, row_width - n));
    R square[n];
    for (Index l = 0; l < n; ++l) square[l] = load<R>(from + l * row_width + j);
    transpose(square);
    for (Index k = 0; k < std::min(n, row_width); ++k) store(to + (j + k) * n, square[k]);
  }
}
template <class R>
void store_group(scalar_of<R>* to, Index row_width, const scalar_of<R>* from) {
  constexpr Index n = width<R>;
  for (Index done = 0; done < row_width; done += n) {
    const Index j = std::max<Index>(0, std::min(done, row_width - n));
    R square[n];
    for (Index k = 0; k < n; ++k) square[k] = load<R>(from + std::min(j + k, row_width - 1) * n);
    transpose(square);
    for (Index l = 0; l < n; ++l) store(to + l * row_width + j, square[l]);
  }
}
#endif

// Rows of two and three numbers: with everything known to the compiler it finds the few shuffles that are needed.
template <Index row_width, Index lanes, class S>
void load_narrow(const S* __restrict from, Index groups, S* __restrict tile) {
  for (Index g = 0; g < groups; ++g, from += row_width * lanes, tile += row_width * lanes) {
    for (Index j = 0; j < row_width; ++j) {
      for (Index l = 0; l < lanes; ++l) tile[j * lanes + l] = from[l * row_width + j];
    }
  }
}
template <Index row_width, Index lanes, class S>
void store_narrow(S* __restrict to, Index groups, const S* __restrict tile) {
  for (Index g = 0; g < groups; ++g, to += row_width * lanes, tile += row_width * lanes) {
    for (Index l = 0; l < lanes; ++l) {
      for (Index j = 0; j < row_width; ++j) to[l * row_width + j] = tile[j * lanes + l];
    }
  }
}

// How many of the whole groups of contiguous rows there is a fast way for; the first ones, and they are done.
template <class S>
Index load_contiguous(const S* from, Index row_width, Index groups, Index lanes, S* tile) {
  constexpr Index n = natgrad::lanes<S>;
  if (row_width == 1 || lanes == 1) {
    std::memcpy(tile, from, static_cast<std::size_t>(groups * lanes * row_width) * sizeof(S));
    return groups;
  }
  if (lanes != n) return 0;
  if (row_width == 2) load_narrow<2, n>(from, groups, tile);
  if (row_width == 3) load_narrow<3, n>(from, groups, tile);
  if (row_width <= 3) return groups;
#ifdef NATGRAD_SHUFFLES
  if (row_width < n) --groups;  // no row may stand after the last
  for (Index g = 0; g < groups; ++g) load_group<Pack<S>>(from + g * n * row_width, row_width, tile + g * n * row_width);
  return std::max<Index>(0, groups);
#else
  return 0;
#endif
}
template <class S>
Index store_contiguous(S* to, Index row_width, Index groups, Index lanes, const S* tile) {
  constexpr Index n = natgrad::lanes<S>;
  if (row_width == 1 || lanes == 1) {
    std::memcpy(to, tile, static_cast<std::size_t>(groups * lanes * row_width) * sizeof(S));
    return groups;
  }
  if (lanes != n) return 0;
  if (row_width == 2) store_narrow<2, n>(to, groups, tile);
  if (row_width == 3) store_narrow<3, n>(to, groups, tile);
  if (row_width <= 3) return groups;
#ifdef NATGRAD_SHUFFLES
  if (row_width < n) --groups;
  for (Index g = 0; g < groups; ++g) store_group<Pack<S>>(to + g * n * row_width, row_width, tile + g * n * row_width);
  return std::max<Index>(0, groups);
#else
  return 0;
#endif
}

}  // namespace

template <class S>
void load_tile(const Rows<const S>& rows, Index first, Index count, Index lanes, S* tile) {
  const S* from = rows.data + first * rows.row_stride;
  const Index groups = (count + lanes - 1) / lanes;
  const Index group = rows.width * lanes;
  Index g = contiguous(rows) ? load_contiguous(from, rows.width, count / lanes, lanes, tile) : 0;
  if (rows.row_stride == 0) {  // one row for all: the first group, again and again
    for (Index l = 0; l < lanes; ++l) load_row(from, rows.column_stride, rows.width, lanes, tile + l);
    for (g = 1; g < groups; ++g) std::copy_n(tile, group, tile + g * group);
    return;
  }
  for (; g < groups; ++g) {
    for (Index l = 0; l < lanes; ++l) {
      const S* row = from + std::min(g * lanes + l, count - 1) * rows.row_stride;
      load_row(row, rows.column_stride, rows.width, lanes, tile + g * group + l);
    }
  }
}

template <class S>
void store_tile(const Rows<S>& rows, Index first, Index count, Index lanes, const S* tile) {
  S* to = rows.data + first * rows.row_stride;
  const Index group = rows.width * lanes;
  Index g = contiguous(rows) ? store_contiguous(to, rows.width, count / lanes, lanes, tile) : 0;
  for (; g * lanes < count; ++g) {
    for (Index l = 0; l < std::min(lanes, count - g * lanes); ++l) {
      store_row(to + (g * lanes + l) * rows.row_stride, rows.column_stride, rows.width, lanes, tile + g * group + l);
    }
  }
}

template <class S>
Index tile_rows(Index width, Index lanes) {
  constexpr Index numbers = Index{16384} / static_cast<Index>(sizeof(S));
  const Index rows = std::min<Index>(most_tile_rows, numbers / std::max<Index>(1, width));
  return std::max<Index>(lanes, rows / lanes * lanes);
}

template void load_tile(const Rows<const double>&, Index, Index, Index, double*);
template void load_tile(const Rows<const float>&, Index, Index, Index, float*);
template void store_tile(const Rows<double>&, Index, Index, Index, const double*);
template void store_tile(const Rows<float>&, Index, Index, Index, const float*);
template Index tile_rows<double>(Index, Index);
template Index tile_rows<float>(Index, Index);

}  // namespace natgrad
