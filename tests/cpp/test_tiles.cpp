// Tiles: rows into groups of lanes and back for every width, stride and count; the tiles' walk over a batch: threads,
// the first failing row, the poll.
#include <atomic>
#include <chrono>
#include <cstring>
#include <initializer_list>
#include <thread>
#include <vector>

#include "check.hpp"
#include "natgrad/base/tiles.hpp"

namespace ng = natgrad;
using ng::Index;

namespace {

constexpr Index widest = 70;
constexpr Index most_rows = 40;

struct Layout {
  Index row_stride;
  Index column_stride;
};

// Element (r, j) of a batch is number r * 1000 + j of the memory's own labels, whatever the layout.
template <class S>
void tile_of_one_layout(Index width, Index lanes, Layout layout, Index first, Index count) {
  const Index row_span = std::abs(layout.row_stride);
  const auto room = static_cast<std::size_t>(row_span * (most_rows + 2) + layout.column_stride * widest + 16);
  std::vector<S> memory(room, S(-1));
  S* data = memory.data() + 3 + (layout.row_stride < 0 ? row_span * most_rows : 0);
  const auto element = [&](Index r, Index j) -> S& { return data[r * layout.row_stride + j * layout.column_stride]; };
  const bool repeats = layout.row_stride == 0;
  for (Index r = 0; r < (repeats ? 1 : first + count); ++r) {
    for (Index j = 0; j < width; ++j) element(r, j) = static_cast<S>(r * 1000 + j);
  }
  const std::vector<S> before = memory;

  const Index groups = (count + lanes - 1) / lanes;
  std::vector<S> tile(static_cast<std::size_t>(groups * lanes * width), S(-7));
  ng::load_tile<S>({data, width, layout.row_stride, layout.column_stride}, first, count, lanes, tile.data());
  bool loaded = true;
  for (Index r = 0; r < groups * lanes; ++r) {
    for (Index j = 0; j < width; ++j) {
      const Index row = repeats ? 0 : first + std::min(r, count - 1);
      const S got = tile[static_cast<std::size_t>(((r / lanes) * width + j) * lanes + r % lanes)];
      loaded = loaded && got == static_cast<S>(row * 1000 + j);
    }
  }
  CHECK_AT("load_tile", width, loaded);
  if (repeats) return;

  // Stored elsewhere, the rows come back, and nothing beside them is touched.
  std::vector<S> image(room, S(-1));
  ng::store_tile<S>({image.data() + (data - memory.data()), width, layout.row_stride, layout.column_stride}, first,
                    count, lanes, tile.data());
  std::vector<S> wanted(room, S(-1));
  for (Index r = first; r < first + count; ++r) {
    for (Index j = 0; j < width; ++j) {
      const Index at = (data - memory.data()) + r * layout.row_stride + j * layout.column_stride;
      wanted[static_cast<std::size_t>(at)] = static_cast<S>(r * 1000 + j);
    }
  }
  CHECK_AT("store_tile", width, image == wanted);
  CHECK_AT("the source", width, memory == before);
}

template <class S>
void tiles_of_every_layout() {
  for (Index width = 1; width <= widest; ++width) {
    const Layout layouts[] = {{width, 1},  {width + 5, 1}, {1, most_rows + 3}, {2 * width, 2}, {3 * width + 1, 3},
                              {-width, 1}, {0, 1}};
    for (const Index lanes : {1, 2, 4, 8, 16}) {
      for (const Layout& layout : layouts) {
        for (const Index count : {1, 7, 8, 16, 19, 32}) tile_of_one_layout<S>(width, lanes, layout, 5, count);
      }
    }
    for (const Index lanes : {1, 4, 16}) {
      const Index rows = ng::tile_rows<S>(width, lanes);
      CHECK_AT("tile_rows", width, rows >= lanes && rows <= 256 && rows % lanes == 0);
    }
  }
  CHECK(ng::tile_rows<S>(Index{1} << 40, 1) == 1);
}

// --- the walk ---

struct Walk {
  ng::Outcome outcome;
  std::vector<double> rows;  // what each row's tile left
};

// Every row is written once, with scratch that is aligned and large enough; rows in `bad` fail. `milliseconds` is what
// a tile takes.
Walk walk(Index rows, Index per_tile, const std::vector<Index>& bad, ng::Poll poll = {}, int milliseconds = 0) {
  Walk result;
  result.rows.assign(static_cast<std::size_t>(rows), -1.0);
  const Index numbers = milliseconds > 0 ? 1000 : 3;
  const auto body = [&](Index first, Index count, double* scratch) {
    ng::Outcome outcome;
    if (reinterpret_cast<std::uintptr_t>(scratch) % 64 != 0) return outcome;  // leaves -1 behind
    for (Index k = 0; k < numbers * per_tile; ++k) scratch[k] = static_cast<double>(first + k);
    for (Index r = first; r < first + count; ++r) {
      double& written = result.rows[static_cast<std::size_t>(r)];
      written = written == -1.0 ? scratch[r - first] : -2.0;
      for (const Index b : bad) {
        if (r == b) outcome.note(r, b % 2 == 0 ? ng::Status::not_finite : ng::Status::singular);
      }
    }
    if (milliseconds > 0) std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
    return outcome;
  };
  result.outcome = ng::for_each_tile<double>(rows, numbers, per_tile, numbers * per_tile, poll, body);
  return result;
}

void walks() {
  for (const double threshold : {0.0, 500e-6}) {
    ng::set_thread_threshold(threshold);
    for (const int threads : {1, 2, 4}) {
      ng::set_num_threads(threads);
      for (const Index rows : {0, 1, 255, 256, 257, 20'003}) {
        for (const Index per_tile : {1, 8, 256}) {
          const Walk clean = walk(rows, per_tile, {});
          bool each_once = true;
          for (Index r = 0; r < rows; ++r) each_once = each_once && clean.rows[static_cast<std::size_t>(r)] == r;
          CHECK_AT("each row once", rows, each_once);
          CHECK_AT("no failure", rows, !clean.outcome.failed() && !clean.outcome.interrupted);
        }
      }
      // The first of several failing rows, wherever its tile runs, with its own status.
      for (const Index first : {0, 255, 256, 999, 19'999}) {
        const Walk failing = walk(20'003, 64, {20'001, first, first + 1, 20'002});
        CHECK_AT("first failing row", first, failing.outcome.row == first);
        CHECK_AT("its status", first,
                 failing.outcome.status == (first % 2 == 0 ? ng::Status::not_finite : ng::Status::singular));
      }
    }
  }
}

std::atomic<int> polls{0};
bool stop_at_second() { return ++polls >= 2; }
bool never_stop() {
  ++polls;
  return false;
}

// Slow tiles: the poll is asked now and then, not for every tile, and ends the pass early.
void poll_stops() {
  for (const int threads : {1, 2}) {
    ng::set_num_threads(threads);
    polls = 0;
    const Walk stopped = walk(1000, 1, {}, ng::Poll{stop_at_second}, 1);
    CHECK_AT("interrupted", polls, stopped.outcome.interrupted && polls == 2);
    CHECK_AT("unfinished", threads, stopped.rows.front() == 0.0 && stopped.rows.back() == -1.0);
    polls = 0;
    const Walk whole = walk(200, 1, {}, ng::Poll{never_stop}, 1);
    CHECK_AT("not interrupted", polls, !whole.outcome.interrupted && polls >= 1 && polls < 100);
    CHECK_AT("finished", threads, whole.rows.back() == 199.0);
  }
  polls = 0;
  walk(10, 256, {}, ng::Poll{never_stop});
  CHECK_AT("a short pass does not ask", polls, polls == 0);
}

}  // namespace

int main() {
  tiles_of_every_layout<double>();
  tiles_of_every_layout<float>();
  walks();
  poll_stops();
  return check::report();
}
