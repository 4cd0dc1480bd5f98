#pragma once

#include <string>

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
  return {Rule::name, Rule::gradient_in_mean, Rule::unit_step, Rule::template step<double>,
          Rule::template step<float>};
}

/// moved <- theta + step_size * direction, for rules that are explicit in some direction.
template <class S>
void move_along(const StepTile<S>& tile, const S* direction) {
  const Index lanes = tile.family.template operations<S>().lanes;
  const Index size = tile.family.size;
  for (Index g = 0; g < tile.groups; ++g) {
    for (Index j = 0; j < size; ++j) {
      for (Index l = 0; l < lanes; ++l) {
        const Index k = (g * size + j) * lanes + l;
        tile.moved[k] = tile.theta[k] + tile.step_size[g * lanes + l] * direction[k];
      }
    }
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
