#pragma once

#include <cmath>

namespace natgrad {

// The number of independent copies whose sum a family is: log-partition, mean and F are so many times those of one.

/// One copy: a constant that vanishes from the formulas.
struct One {
  template <class S>
  static constexpr S value() {
    return S(1);
  }
  template <class S>
  static constexpr S logarithm() {
    return S(0);
  }
};

/// As many as a hyperparameter says.
struct Several {
  double number;
  template <class S>
  S value() const {
    return static_cast<S>(number);
  }
  template <class S>
  S logarithm() const {
    return static_cast<S>(std::log(number));
  }
};

}  // namespace natgrad
