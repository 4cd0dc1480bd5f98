#pragma once

#include <array>
#include <string>
#include <vector>

#include "natgrad/base/pack.hpp"
#include "natgrad/base/status.hpp"

namespace natgrad {

/// Rows in groups of lanes<double>, with eta ~ N(mean, variance): what a pass over the data asks of a likelihood.
struct LikelihoodRows {
  Index groups;
  const double* y;
  const double* mean;
  const double* variance;
  double* value;   // E log p(y | eta), with every constant
  double* first;   // E d log p / d eta
  double* second;  // E d^2 log p / d eta^2 <= 0
};

/// A line of the registry: a likelihood's name, its parameters in order, and its expectations.
struct LikelihoodEntry {
  std::string name;
  std::vector<std::string> parameters;
  void (*expectations)(const double* parameters, const LikelihoodRows& rows);
};

template <class R>
struct Expectations {
  R value;
  R first;
  R second;
};

/// What a likelihood's file ends with. L states name, parameters and expectations(parameters, y, mean, variance).
template <class L>
LikelihoodEntry likelihood_entry() {
  return {L::name, std::vector<std::string>(L::parameters.begin(), L::parameters.end()),
          [](const double* parameters, const LikelihoodRows& rows) {
            using R = Pack<double>;
            for (Index g = 0; g < rows.groups; ++g) {
              const Index at = g * lanes<double>;
              const Expectations<R> expected = L::template expectations<R>(
                  parameters, load<R>(rows.y + at), load<R>(rows.mean + at), load<R>(rows.variance + at));
              store(rows.value + at, expected.value);
              store(rows.first + at, expected.first);
              store(rows.second + at, expected.second);
            }
          }};
}

}  // namespace natgrad
