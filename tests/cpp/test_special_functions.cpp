// Special functions on packs and scalars against mpmath at the very float passed in, and at the edges of their domains.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <initializer_list>
#include <limits>
#include <type_traits>
#include <utility>

#include "check.hpp"
#include "natgrad/base/gamma_functions.hpp"
#include "special_values.hpp"

using namespace natgrad;

namespace {

// The spacing of floats at the reference value.
template <class S>
long double spacing(long double reference) {
  const int exponent = reference == 0 ? std::numeric_limits<S>::min_exponent : std::ilogb(reference) + 1;
  return std::ldexp(1.0L, std::max(exponent, std::numeric_limits<S>::min_exponent) - std::numeric_limits<S>::digits);
}

// The table's rows as packs (the last ones repeat the final row) and as scalars; error in units of scale(x, reference).
template <class S, class Function, class Scale, class Table>
void compare(const char* name, const Table& table, int column, double limit, Function function, Scale scale) {
  constexpr int rows = static_cast<int>(std::extent_v<Table, 0>), width = lanes<S>;
  double worst = 0;
  S worst_x = 0;
  for (int first = 0; first < rows; first += width) {
    S x[width], y[width];
    for (int i = 0; i < width; ++i) x[i] = static_cast<S>(table[std::min(first + i, rows - 1)][0]);
    store(y, function(load<Pack<S>>(x)));
    for (int i = 0; i < width; ++i) {
      const long double reference = table[std::min(first + i, rows - 1)][column];
      const S rounded = static_cast<S>(reference);
      if (!(std::abs(reference) < std::numeric_limits<S>::max())) {
        CHECK_AT(name, x[i], y[i] == rounded);
        continue;
      }
      for (const S value : {y[i], function(x[i])}) {
        const double error = static_cast<double>(std::abs(value - reference) / scale(x[i], reference));
        if (!(error <= worst)) worst = error, worst_x = x[i];
        CHECK_AT(name, x[i], error <= limit);
      }
    }
  }
  std::printf("%-6s %-24s worst error %.2f of %.2f allowed, at %.9g\n", sizeof(S) == 8 ? "double" : "float", name,
              worst, limit, static_cast<double>(worst_x));
}

// Qualified: at global scope the C library has functions of the same names for double.
#define FUNCTION(name) [](auto x) { return natgrad::name(x); }

template <class S, class Real, class Above, class Positive, class Gap>
void against_mpmath(const Real& real, const Above& above, const Positive& positive, const Gap& gap) {
  const auto ulp = [](S, long double f) { return spacing<S>(f); };
  compare<S>("exp", real, 1, 1.5, FUNCTION(exp), ulp);
  compare<S>("expm1", real, 2, 1.5, FUNCTION(expm1), ulp);
  compare<S>("exp_minus_one_minus_x", real, 3, 3.5, FUNCTION(exp_minus_one_minus_x), ulp);
  compare<S>("sigmoid", real, 4, 2.5, FUNCTION(sigmoid), ulp);
  compare<S>("softplus", real, 5, 2, FUNCTION(softplus), ulp);
  compare<S>("log1p", above, 1, 1.5, FUNCTION(log1p), ulp);
  compare<S>("x_minus_log1p", above, 2, 3.5, FUNCTION(x_minus_log1p), ulp);
  compare<S>("log", positive, 1, 1.5, FUNCTION(log), ulp);

  // Gamma functions: in units of eps (|f| + |x f'|), what a relative error eps of x does. The derivatives are the
  // functions next door.
  const auto unit = [](auto scaled_derivative) {
    return [=](S x, long double f) -> long double {
      return epsilon<S> * (std::abs(f) + std::abs(static_cast<long double>(scaled_derivative(static_cast<double>(x)))));
    };
  };
  compare<S>("lgamma", positive, 2, 4, FUNCTION(lgamma), unit([](double x) { return x * digamma(x); }));
  compare<S>("lgamma (ulp)", positive, 2, 8, FUNCTION(lgamma), ulp);  // relative accuracy around the zeros
  compare<S>("digamma", positive, 3, 4, FUNCTION(digamma), unit([](double x) { return 1 + trigamma_excess(x); }));
  compare<S>("trigamma", positive, 4, 4, FUNCTION(trigamma),
             [](S, long double f) { return 2 * epsilon<S> * std::abs(f); });
  compare<S>("tetragamma", positive, 5, 4, FUNCTION(tetragamma),
             [](S, long double f) { return 3 * epsilon<S> * std::abs(f) + spacing<S>(f); });
  compare<S>("log_minus_digamma", positive, 6, 4, FUNCTION(log_minus_digamma),
             unit([](double x) { return trigamma_excess(x); }));
  compare<S>("trigamma_excess", positive, 7, 4, FUNCTION(trigamma_excess),
             [](S, long double f) { return 2 * epsilon<S> * std::abs(f); });
  compare<S>("lgamma_dual", positive, 8, 4, FUNCTION(lgamma_dual),
             unit([](double x) { return x * trigamma_excess(x); }));
  // x f' of the inverse lies between -x (both ends) and -2x.
  compare<S>(
      "solve_log_minus_digamma", gap, 1, 4, [](auto c) { return solve_log_minus_digamma(c).x; },
      [](S, long double x) { return 2 * epsilon<S> * x; });
}

template <class S, class Function>
void at_points(const char* name, Function function, std::initializer_list<std::pair<S, S>> pairs) {
  for (const auto& [x, expected] : pairs) {
    S packed[lanes<S>];
    store(packed, function(broadcast<Pack<S>>(x)));
    for (const S value : {function(x), packed[0], packed[lanes<S> - 1]}) {
      const bool same =
          std::isnan(expected) ? std::isnan(value) : value == expected && std::signbit(value) == std::signbit(expected);
      CHECK_AT(name, x, same);
    }
  }
}

template <class S>
void at_edges() {
  constexpr S inf = infinity<S>, nan = not_a_number<S>, zero = 0, tiny = std::numeric_limits<S>::denorm_min(), one = 1;
  constexpr S most = std::numeric_limits<S>::max();
  at_points<S>(
      "exp", FUNCTION(exp),
      {{zero, one}, {-zero, one}, {inf, inf}, {-inf, zero}, {nan, nan}, {most, inf}, {-most, zero}, {tiny, one}});
  at_points<S>("expm1", FUNCTION(expm1),
               {{zero, zero}, {-zero, -zero}, {inf, inf}, {-inf, -one}, {nan, nan}, {tiny, tiny}, {-tiny, -tiny}});
  at_points<S>("exp_minus_one_minus_x", FUNCTION(exp_minus_one_minus_x),
               {{zero, zero}, {inf, inf}, {-inf, inf}, {nan, nan}});
  at_points<S>("log", FUNCTION(log),
               {{one, zero}, {zero, -inf}, {-zero, -inf}, {-one, nan}, {inf, inf}, {-inf, nan}, {nan, nan}});
  at_points<S>("log1p", FUNCTION(log1p),
               {{zero, zero}, {-zero, -zero}, {-one, -inf}, {-2 * one, nan}, {inf, inf}, {nan, nan}, {tiny, tiny}});
  at_points<S>("x_minus_log1p", FUNCTION(x_minus_log1p),
               {{zero, zero}, {-one, inf}, {-2 * one, nan}, {inf, inf}, {nan, nan}, {most, most}});
  at_points<S>("sigmoid", FUNCTION(sigmoid), {{zero, one / 2}, {inf, one}, {-inf, zero}, {nan, nan}, {most, one}});
  at_points<S>("softplus", FUNCTION(softplus), {{inf, inf}, {-inf, zero}, {nan, nan}, {most, most}, {-most, zero}});
  at_points<S>("lgamma", FUNCTION(lgamma),
               {{one, zero}, {2 * one, zero}, {zero, inf}, {-one, nan}, {-3 * one, nan}, {inf, inf}, {nan, nan}});
  at_points<S>("digamma", FUNCTION(digamma), {{zero, -inf}, {-one, nan}, {inf, inf}, {nan, nan}});
  at_points<S>("trigamma", FUNCTION(trigamma), {{zero, inf}, {-one, nan}, {inf, zero}, {nan, nan}});
  at_points<S>("tetragamma", FUNCTION(tetragamma), {{zero, -inf}, {-one, nan}, {inf, -zero}, {nan, nan}});
  at_points<S>("log_minus_digamma", FUNCTION(log_minus_digamma),
               {{zero, inf}, {-one, nan}, {inf, zero}, {nan, nan}, {tiny, inf}});
  at_points<S>("trigamma_excess", FUNCTION(trigamma_excess), {{zero, inf}, {-one, nan}, {inf, zero}, {nan, nan}});
  at_points<S>("lgamma_dual", FUNCTION(lgamma_dual), {{zero, -inf}, {-one, nan}, {inf, inf}, {nan, nan}});
  at_points<S>("solve", [](auto c) { return solve_log_minus_digamma(c).x; },
               {{zero, inf}, {inf, zero}, {-one, nan}, {nan, nan}});
  // Gradual underflow: the smallest subnormals are reached, not flushed, and their logarithms are finite.
  for (int k = 1; k < std::numeric_limits<S>::digits; ++k) {
    const S subnormal = std::ldexp(tiny, k), logarithm = natgrad::log(subnormal);
    CHECK_AT("log of a subnormal", subnormal,
             std::abs(logarithm - std::log(static_cast<long double>(subnormal))) <= spacing<S>(logarithm));
    const S allowed = std::abs(logarithm) * epsilon<S> + 1 / std::ldexp(S(2), k);
    CHECK_AT("exp to a subnormal", logarithm, std::abs(natgrad::exp(logarithm) / subnormal - 1) < allowed);
  }
}

// Starts and step counts that the documentation promises.
template <class S>
void inverse_promises() {
  for (double t = -80; t < 80; t += 0.01) {
    const S gap = static_cast<S>(std::exp(t));
    CHECK_AT("steps of solve_log_minus_digamma", gap, solve_log_minus_digamma(gap).iterations <= 4);
  }
  for (double t = -18; t < 18; t += 0.01) {
    const double x = std::exp(t), start = inverse_digamma_start(digamma(x)).value;
    CHECK_AT("inverse_digamma_start", x, std::abs(start - x) <= 0.0025 * x);
  }
}

}  // namespace

int main() {
  namespace v = special_values;
  against_mpmath<double>(v::real_double, v::above_minus_one_double, v::positive_double, v::gap_double);
  against_mpmath<float>(v::real_float, v::above_minus_one_float, v::positive_float, v::gap_float);
  at_edges<double>();
  at_edges<float>();
  inverse_promises<double>();
  inverse_promises<float>();
  return check::report();
}
