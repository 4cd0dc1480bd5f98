#pragma once

#include <iterator>

#include "natgrad/base/pack.hpp"

namespace natgrad {

// The integral of (1 - t) f(t) over [0, 1], by Gauss-Jacobi points: how a KL divergence of close points is formed from
// F along the segment between them, every term being positive. Where the coordinates change by a factor of at most
// `close_ratio` eight points leave a relative error of 2e-15, and four one of 1.2e-7, the eps of float32.

template <class S>
inline constexpr S close_ratio = S(1.5);

template <class S>
struct GaussJacobi {
  static constexpr S nodes[] = {S(0.01777991514736345181), S(0.09132360789979395600), S(0.2143084793956307584),
                                S(0.3719321645832723024),  S(0.5451866848034266490),  S(0.7131752428555694811),
                                S(0.8556337429578544285),  S(0.9553660447100301493)};
  static constexpr S weights[] = {S(0.04455080436155593133), S(0.09111902363637362635), S(0.1125057994708873662),
                                  S(0.1060473594359300107),  S(0.07919959949231916012), S(0.04543931950469889808),
                                  S(0.01784290265598620839), S(0.003295191442248798855)};
};
template <>
struct GaussJacobi<float> {
  static constexpr float nodes[] = {0.05710419611451768F, 0.2768430136381238F, 0.5835904323689168F,
                                    0.8602401356562194F};
  static constexpr float weights[] = {0.1355069134314881F, 0.2034645680102714F, 0.1298475476082324F,
                                      0.03118097095000808F};
};

template <class R, class F>
NATGRAD_INLINE R bregman_integral(const F& f) {
  using Rule = GaussJacobi<scalar_of<R>>;
  constexpr int count = std::size(Rule::nodes);
  R sum = broadcast<R>(0);
#pragma GCC unroll 1
  for (int i = 0; i < count; ++i) sum += Rule::weights[i] * f(Rule::nodes[i]);
  return sum;
}

}  // namespace natgrad
