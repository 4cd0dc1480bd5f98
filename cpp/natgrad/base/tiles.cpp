#include "natgrad/base/tiles.hpp"

#include <cstring>

#include "natgrad/base/pack.hpp"

namespace natgrad {
namespace {

// The transposition with width and lanes known to the compiler, which then shuffles registers instead of moving
// numbers.
template <Index width, Index lanes, class S>
void load_groups(const S* from, Index groups, S* tile) {
  for (Index g = 0; g < groups; ++g, from += width * lanes, tile += width * lanes) {
    for (Index j = 0; j < width; ++j) {
      for (Index l = 0; l < lanes; ++l) tile[j * lanes + l] = from[l * width + j];
    }
  }
}
template <Index width, Index lanes, class S>
void store_groups(S* to, Index groups, const S* tile) {
  for (Index g = 0; g < groups; ++g, to += width * lanes, tile += width * lanes) {
    for (Index l = 0; l < lanes; ++l) {
      for (Index j = 0; j < width; ++j) to[l * width + j] = tile[j * lanes + l];
    }
  }
}

// Whole groups of contiguous rows of a small width; false where this is not such a case.
template <Index lanes, class S>
bool load_contiguous(const S* from, Index width, Index groups, S* tile) {
  switch (width) {
    case 2:
      load_groups<2, lanes>(from, groups, tile);
      return true;
    case 3:
      load_groups<3, lanes>(from, groups, tile);
      return true;
    case 4:
      load_groups<4, lanes>(from, groups, tile);
      return true;
    default:
      return false;
  }
}
template <Index lanes, class S>
bool store_contiguous(S* to, Index width, Index groups, const S* tile) {
  switch (width) {
    case 2:
      store_groups<2, lanes>(to, groups, tile);
      return true;
    case 3:
      store_groups<3, lanes>(to, groups, tile);
      return true;
    case 4:
      store_groups<4, lanes>(to, groups, tile);
      return true;
    default:
      return false;
  }
}

template <class S>
bool load_fast(const S* from, Index width, Index groups, Index lanes, S* tile) {
  if (width == 1 || lanes == 1) {
    std::memcpy(tile, from, static_cast<std::size_t>(groups * lanes * width) * sizeof(S));
    return true;
  }
  return lanes == natgrad::lanes<S> && load_contiguous<natgrad::lanes<S>>(from, width, groups, tile);
}
template <class S>
bool store_fast(S* to, Index width, Index groups, Index lanes, const S* tile) {
  if (width == 1 || lanes == 1) {
    std::memcpy(to, tile, static_cast<std::size_t>(groups * lanes * width) * sizeof(S));
    return true;
  }
  return lanes == natgrad::lanes<S> && store_contiguous<natgrad::lanes<S>>(to, width, groups, tile);
}

}  // namespace

template <class S>
void load_tile(const Rows<const S>& rows, Index first, Index count, Index lanes, S* tile) {
  const Index width = rows.width;
  const S* from = rows.data + first * rows.row_stride;
  Index done = 0;  // rows already in place
  if (rows.row_stride == width && (rows.column_stride == 1 || width == 1) &&
      load_fast(from, width, count / lanes, lanes, tile)) {
    done = count / lanes * lanes;
  }
  const Index padded = (count + lanes - 1) / lanes * lanes;
  for (Index r = done; r < padded; ++r) {
    const S* row = from + std::min(r, count - 1) * rows.row_stride;
    S* to = tile + (r / lanes) * width * lanes + r % lanes;
    for (Index j = 0; j < width; ++j) to[j * lanes] = row[j * rows.column_stride];
  }
}

template <class S>
void store_tile(const Rows<S>& rows, Index first, Index count, Index lanes, const S* tile) {
  const Index width = rows.width;
  S* to = rows.data + first * rows.row_stride;
  Index done = 0;
  if (rows.row_stride == width && (rows.column_stride == 1 || width == 1) &&
      store_fast(to, width, count / lanes, lanes, tile)) {
    done = count / lanes * lanes;
  }
  for (Index r = done; r < count; ++r) {
    S* row = to + r * rows.row_stride;
    const S* from = tile + (r / lanes) * width * lanes + r % lanes;
    for (Index j = 0; j < width; ++j) row[j * rows.column_stride] = from[j * lanes];
  }
}

template <class S>
Index tile_rows(Index width, Index lanes) {
  constexpr Index numbers = Index{16384} / static_cast<Index>(sizeof(S));
  const Index rows = std::min<Index>(256, numbers / std::max<Index>(1, width));
  return std::max<Index>(lanes, rows / lanes * lanes);
}

template void load_tile(const Rows<const double>&, Index, Index, Index, double*);
template void load_tile(const Rows<const float>&, Index, Index, Index, float*);
template void store_tile(const Rows<double>&, Index, Index, Index, const double*);
template void store_tile(const Rows<float>&, Index, Index, Index, const float*);
template Index tile_rows<double>(Index, Index);
template Index tile_rows<float>(Index, Index);

}  // namespace natgrad
