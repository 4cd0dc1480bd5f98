#pragma once

#include <memory>
#include <string>
#include <vector>

#include "natgrad/families/family.hpp"

namespace natgrad {

/// `copies` of one family, beside others: where their first coordinate and their first number of an observation stand.
struct Part {
  std::shared_ptr<const Family> family;
  Index copies = 1;
  Index first = 0;
  Index event = 0;
};

/// Independent families side by side as one: a point is the parts' points one after the other, an observation their
/// observations. A and A* are sums over the parts, F is block diagonal; an operation is one call of each part's own
/// kernel, with the copies of a part as rows.
struct Combination {
  explicit Combination(std::vector<Part> given);

  std::vector<Part> parts;
  Index size = 0;
  Index event_size = 0;
};

/// The combination as a family. `standard` is given where there is one part: each field holds the values of its copies
/// one after the other. Standard parameters of unlike parts are the parts' own affair: the
/// two operations on them have no kernel.
std::shared_ptr<const Family> combined_family(std::string name,
                                              std::vector<std::pair<std::string, Argument>> parameters,
                                              std::vector<Part> parts, Shape event_shape, std::vector<Field> standard);

}  // namespace natgrad
