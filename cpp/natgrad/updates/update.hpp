#pragma once

#include <string>

#include "natgrad/base/pack.hpp"
#include "natgrad/base/tiles.hpp"
#include "natgrad/families/family.hpp"

namespace natgrad {

/// The rows a rule moves: as a family's kernels see them (Tile), with one step size a row.
template <class S>
struct StepTile {
  const Family& family;
  Index groups;
  const S* theta;      // size registers a group
  const S* gradient;   // size registers a group
  const S* step_size;  // one register a group
  S* moved;            // size registers a group; the new theta
  Status* status;
};

/// An update rule: which gradient it takes, and the new theta. It says nothing about domains: `run` looks after those.
struct Update {
  std::string name;
  bool gradient_in_mean;  // gradient is dL/dmu, else dL/dtheta
  bool unit_step;         // beta = 1 is the rule's natural full step
  void (*f64)(const StepTile<double>&);
  void (*f32)(const StepTile<float>&);
};

/// What a rule's file ends with: its line of the registry.
template <class Rule>
Update update_entry() {
  return {Rule::name, Rule::gradient_in_mean, Rule::unit_step, Rule::template step<double>, Rule::template step<float>};
}

/// move_along for rows in groups of R's lanes.
template <class R>
void move_groups(const StepTile<scalar_of<R>>& tile, const scalar_of<R>* direction) {
  const Index size = tile.family.size;
  for (Index g = 0; g < tile.groups; ++g) {
    const R step = load<R>(tile.step_size + g * width<R>);
    for (Index k = g * size * width<R>; k < (g + 1) * size * width<R>; k += width<R>) {
      store(tile.moved + k, load<R>(tile.theta + k) + step * load<R>(direction + k));
    }
  }
}

/// moved <- theta + step_size * direction, for rules that are explicit in some direction.
template <class S>
void move_along(const StepTile<S>& tile, const S* direction) {
  if (tile.family.template operations<S>().lanes == 1) {
    move_groups<S>(tile, direction);
  } else {
    move_groups<Pack<S>>(tile, direction);
  }
}

enum class OutOfDomain { raise, shrink };

/// A rule applied to a batch: every row's new theta, and the step that was used.
template <class S>
struct UpdateBatch {
  Index rows = 0;
  Rows<const S> theta;
  Rows<const S> gradient;
  Rows<const S> step_size;
  Rows<S> moved;
  Rows<S> step_used;
};

/// With `shrink` a row's step is halved until the point is inside, at most this often.
inline constexpr int most_halvings = 100;

template <class S>
Outcome run(const Update& update, const Family& family, const UpdateBatch<S>& batch, OutOfDomain policy,
            Poll poll = {});

/// Why row `outcome.row` could not be moved, as a sentence.
template <class S>
std::string violation_text(const Update& update, const Family& family, const UpdateBatch<S>& batch,
                           const Outcome& outcome);

}  // namespace natgrad
