// Packs: every operation, lane by lane, against the same operation on the scalar and against the C library.
#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <limits>
#include <type_traits>
#include <vector>

#include "check.hpp"
#include "natgrad/base/bits.hpp"

namespace ng = natgrad;
using ng::Pack;

namespace {

template <class S>
const std::vector<S>& samples() {
  using limits = std::numeric_limits<S>;
  static const std::vector<S> values = {0,
                                        S(-0.0),
                                        1,
                                        -1,
                                        S(0.5),
                                        S(-0.5),
                                        S(1.5),
                                        S(2.5),
                                        S(-2.5),
                                        S(0.1),
                                        S(-7.3),
                                        S(1234.5678),
                                        S(0.75) / limits::epsilon(),
                                        1 / limits::epsilon(),
                                        2 / limits::epsilon() + 2,
                                        limits::min(),
                                        limits::denorm_min(),
                                        -limits::denorm_min(),
                                        limits::max(),
                                        limits::lowest(),
                                        limits::infinity(),
                                        -limits::infinity(),
                                        limits::quiet_NaN(),
                                        S(3),
                                        S(4),
                                        S(-1e-5),
                                        S(0.49999997),
                                        S(1e10),
                                        S(-3.5),
                                        S(16),
                                        S(2),
                                        S(9)};
  return values;
}

template <class S>
bool same(S a, S b) {
  return std::isnan(a) ? std::isnan(b) : a == b && std::signbit(a) == std::signbit(b);
}

// packed(x, y) and scalar(x, y) against expected(x, y), for every pair of samples (each lane holds another pair).
template <class S, class F, class E>
void compare(const char* name, F function, E expected) {
  constexpr int width = ng::lanes<S>;
  const auto& s = samples<S>();
  const int n = static_cast<int>(s.size());
  for (int shift = 0; shift < n; ++shift) {
    for (int first = 0; first < n; first += width) {
      S x[width], y[width], out[width];
      for (int i = 0; i < width; ++i) x[i] = s[(first + i) % n], y[i] = s[(first + i + shift) % n];
      ng::store(out, function(ng::load<Pack<S>>(x), ng::load<Pack<S>>(y)));
      for (int i = 0; i < width; ++i) {
        CHECK_AT(name, x[i], same<S>(out[i], expected(x[i], y[i])));
        CHECK_AT(name, x[i], same<S>(function(x[i], y[i]), expected(x[i], y[i])));
      }
    }
  }
}

template <class S>
void arithmetic() {
  using std::abs, std::sqrt, std::nearbyint;
  compare<S>("abs", [](auto x, auto) { return ng::abs(x); }, [](S x, S) { return abs(x); });
  compare<S>("sqrt", [](auto x, auto) { return ng::sqrt(x); }, [](S x, S) { return sqrt(x); });
  compare<S>("round", [](auto x, auto) { return ng::round(x); }, [](S x, S) { return nearbyint(x); });
  compare<S>(
      "copysign", [](auto x, auto y) { return ng::copysign(x, y); }, [](S x, S y) { return std::copysign(x, y); });
  compare<S>("min", [](auto x, auto y) { return ng::min(x, y); }, [](S x, S y) { return x < y ? x : y; });
  compare<S>("max", [](auto x, auto y) { return ng::max(x, y); }, [](S x, S y) { return x > y ? x : y; });
  compare<S>("max with a scalar", [](auto x, auto) { return ng::max(x, S(1)); }, [](S x, S) { return x > 1 ? x : 1; });
  compare<S>(
      "select", [](auto x, auto y) { return ng::select((x < y) & (!(x == S(1))), x + y, y); },
      [](S x, S y) { return x < y && !(x == 1) ? x + y : y; });
  compare<S>(
      "select of a scalar", [](auto x, auto y) { return ng::select((x < y) | (x == S(1)), S(7), y); },
      [](S x, S y) { return x < y || x == 1 ? S(7) : y; });
  compare<S>(
      "is_finite", [](auto x, auto) { return ng::select(ng::is_finite(x), x, S(-1)); },
      [](S x, S) { return std::isfinite(x) ? x : -1; });
  compare<S>(
      "is_nan", [](auto x, auto) { return ng::select(ng::is_nan(x), S(-1), x); },
      [](S x, S) { return std::isnan(x) ? -1 : x; });
  if constexpr (ng::has_fma)
    compare<S>("fma", [](auto x, auto y) { return ng::fma(x, y, x); }, [](S x, S y) { return std::fma(x, y, x); });
  CHECK(same<S>(ng::fma(S(3), S(4), S(5)), 17));
}

template <class S>
void lanes_and_masks() {
  constexpr int width = ng::lanes<S>;
  using P = Pack<S>;
  static_assert(sizeof(P) == width * sizeof(S) && std::is_same_v<ng::scalar_of<P>, S> &&
                std::is_same_v<ng::scalar_of<S>, S>);
  static_assert(ng::is_pack<P> == !std::is_same_v<P, S> && !ng::is_pack<S>);
  alignas(64) S memory[2 * width + 1];
  for (int i = 0; i < 2 * width + 1; ++i) memory[i] = S(i);
  P pack = ng::load<P>(memory + 1);  // unaligned
  for (int i = 0; i < width; ++i) CHECK_AT("lane", i, ng::lane(pack, i) == S(i + 1));
  ng::set_lane(pack, width - 1, S(-9));
  ng::store(memory + 1, pack);
  CHECK(memory[width] == S(-9) && memory[width + 1] == S(width + 1) && memory[0] == 0);
  CHECK(same<S>(ng::lane(ng::broadcast<P>(S(-0.0)), width - 1), S(-0.0)));
  CHECK(std::isnan(ng::lane(ng::broadcast<P>(ng::not_a_number<S>), 0)));
  for (int i = 0; i < width; ++i) {  // any and all see every lane
    P one = ng::broadcast<P>(S(0));
    ng::set_lane(one, i, S(1));
    CHECK_AT("any", i, ng::any(one > S(0)) && !ng::any(one > S(1)));
    CHECK_AT("all", i, ng::all(one >= S(0)) && ng::all(one == S(0)) == false);
    CHECK_AT("any of nan", i, !ng::any(one != one));
  }
  CHECK(ng::any(S(1) < S(2)) && !ng::all(S(2) < S(1)) && ng::select(true, S(1), S(2)) == 1);
}

template <class S>
void bits() {
  using limits = std::numeric_limits<S>;
  constexpr int top = limits::max_exponent - 1;
  for (int n = 1 - top; n <= top; ++n) {
    CHECK_AT("power_of_two", n, ng::power_of_two(S(n)) == std::ldexp(S(1), n));
    CHECK_AT("power_of_two", n, ng::lane(ng::power_of_two(ng::broadcast<Pack<S>>(S(n))), 0) == std::ldexp(S(1), n));
  }
  CHECK(ng::power_of_two(S(-top)) == 0 && ng::power_of_two(S(top + 1)) == limits::infinity());
  for (int n = -2 * top + 2; n < 2 * top - 1; ++n) {
    CHECK_AT("scale_by_power_of_two", n, ng::scale_by_power_of_two(S(1.25), S(n)) == std::ldexp(S(1.25), n));
  }
  for (const S x : {S(0), S(1), S(-1), S(0.5), S(1.5), S(2.5), S(-2.5), S(1e6), S(-1e6 - 0.25)}) {
    CHECK_AT("round_small", x, ng::round_small(x) == std::nearbyint(x));
    const auto word = static_cast<std::make_signed_t<ng::word_of<S>>>(ng::to_word(x));
    CHECK_AT("to_word", x, word == static_cast<decltype(word)>(std::nearbyint(x)));
    CHECK_AT("from_bits", x, same<S>(ng::from_bits<S>(ng::to_bits(x)), x));
  }
  const auto sum = ng::exact_sum(S(1), limits::epsilon() / 8);
  CHECK(sum.value == 1 && sum.error == limits::epsilon() / 8);
  constexpr S coefficients[] = {1, 2, 3, 4, 5};
  CHECK(ng::polynomial(coefficients, S(2)) == 129 && ng::reversed_polynomial(coefficients, S(2)) == 57);
  constexpr S even[] = {1, 2, 3, 4};
  CHECK(ng::polynomial(even, S(2)) == 49 && ng::reversed_polynomial(even, S(2)) == 26);
}

}  // namespace

int main() {
  arithmetic<double>();
  arithmetic<float>();
  lanes_and_masks<double>();
  lanes_and_masks<float>();
  bits<double>();
  bits<float>();
  return check::report();
}
