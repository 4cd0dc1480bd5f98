// Differences of the digamma functions against their recurrences, and sums that one term makes up.
#include <array>
#include <cmath>

#include "check.hpp"
#include "natgrad/base/dominant.hpp"
#include "natgrad/base/gamma_differences.hpp"
#include "natgrad/base/gamma_functions.hpp"

using namespace natgrad;

namespace {

template <class S>
constexpr S shapes[] = {S(1e-30), S(1e-8), S(0.01), S(0.3), S(0.99), S(1.9), S(2.1),
                        S(7),     S(15.9), S(16.1), S(300), S(1e6),  S(1e12)};

template <class R>
bool within(scalar_of<R> eps_count, R found, R expected) {
  using S = scalar_of<R>;
  return !any(abs(found - expected) > eps_count * epsilon<S> * abs(expected));
}

template <class R>
R psi_difference(R x, R r) {
  return digamma_difference(x, r, digamma_parts(R(x + r)));
}
template <class R>
R psi1_difference(R x, R r) {
  return trigamma_difference(x, r, trigamma_parts(x).h, trigamma_parts(R(x + r)).h);
}

// psi(x + 1) - psi(x) = 1/x and psi'(x) - psi'(x + 1) = 1/x^2 (DLMF 5.5.2, 5.15.5), in one step and in many.
template <class R>
void recurrences() {
  using S = scalar_of<R>;
  for (const S value : shapes<S>) {
    const R x = broadcast<R>(value);
    const R one = broadcast<R>(1);
    CHECK_AT("digamma", value, within<R>(16, psi_difference(x, one), one / x));
    CHECK_AT("trigamma", value, within<R>(48, psi1_difference(x, one), one / (x * x)));
    if (value + S(1) / 128 - value != S(1) / 128) continue;
    R digammas = broadcast<R>(0);
    R trigammas = broadcast<R>(0);
    for (int i = 127; i >= 0; --i) {
      const R start = x + S(i) / 128;
      digammas += psi_difference(start, broadcast<R>(S(1) / 128));
      trigammas += psi1_difference(start, broadcast<R>(S(1) / 128));
    }
    CHECK_AT("digamma in small steps", value, within<R>(32, digammas, one / x));
    CHECK_AT("trigamma in small steps", value, within<R>(64, trigammas, one / (x * x)));
  }
}

// 1/x - 1/(x + r) and 1/x^2 - 1/(x + r)^2 - (1/x - 1/(x + r)) are all there is of the differences next to the pole,
// and they are in range long after psi'(x) or psi''(x) have left it.
template <class R>
void next_to_the_pole() {
  using S = scalar_of<R>;
  constexpr S scale = sizeof(S) == 8 ? S(1e-155) : S(1e-20);
  constexpr S shares[] = {S(1e-5), S(0.03), S(0.3)};
  for (const S share : shares) {
    const R x = broadcast<R>(scale);
    const R r = share * x;
    CHECK_AT("digamma at the pole", share, within<R>(16, psi_difference(x, r), r / (x + r) / x));
    const R wide = broadcast<R>(sizeof(S) == 8 ? S(1e-120) : S(1e-14));
    const R step = share * wide;
    const R expected = step / (wide + step) / wide * ((S(2) + share) / (wide + step));
    CHECK_AT("trigamma at the pole", share, within<R>(16, psi1_difference(wide, step), expected));
  }
}

// r psi' + r^2/2 psi'' for a step far below the digits of x.
template <class R>
void tiny_steps() {
  using S = scalar_of<R>;
  for (const S value : shapes<S>) {
    const R x = broadcast<R>(value);
    for (const S share : {S(1e-30), S(1e-12), S(1e-4) * std::sqrt(epsilon<S>)}) {
      const R r = x * std::min(share, share / value);
      const R expected = r * (trigamma(x) + S(0.5) * r * tetragamma(x));
      CHECK_AT("digamma", value, within<R>(8, psi_difference(x, r), expected));
      const S second_order = S(4) * share / epsilon<S>;
      CHECK_AT("trigamma", value, within<R>(S(32) + second_order, psi1_difference(x, r), -r * tetragamma(x)));
    }
  }
}

template <class R>
void dual_differences() {
  using S = scalar_of<R>;
  for (const S value : shapes<S>) {
    const R x = broadcast<R>(value);
    const R y = S(1.5) * x;
    const R direct = lgamma_dual(y) - lgamma_dual(x);
    const R size = abs(lgamma_dual(y)) + abs(lgamma_dual(x)) + S(1);
    CHECK_AT("lgamma_dual", value, !any(abs(lgamma_dual_difference(x, y) - direct) > S(8) * epsilon<S> * size));
    CHECK_AT("lgamma_dual of equals", value, !any(lgamma_dual_difference(x, x) != broadcast<R>(0)));
  }
}

// Along the coordinates of one long row; across rows the same code runs on packs (tests/test_parity.py).
template <class S>
void dominant_sums() {
  std::array<S, 37> terms{};
  for (std::size_t j = 0; j < terms.size(); ++j) terms[j] = S(1) / static_cast<S>(j + 1);
  for (const std::size_t lead : {std::size_t{0}, std::size_t{9}, std::size_t{36}}) {
    for (const S large : {S(1e30), S(-1e30)}) {
      std::array<S, 37> row = terms;
      row[lead] = large;
      const auto parts = find_dominant<S>(37, [&](auto j) { return at(row.data(), j); });
      S rest = 0;
      for (std::size_t j = 37; j-- > 0;) rest += j == lead ? S(0) : row[j];
      CHECK_AT("where", lead, parts.lead.where == static_cast<S>(lead));
      CHECK_AT("lead", lead, parts.lead.value == large);
      CHECK_AT("rest", lead, std::abs(parts.rest - rest) <= S(4) * epsilon<S> * rest);
      CHECK_AT("sum", lead, parts.sum() == large);
      CHECK_AT("without the lead", lead, parts.without(static_cast<Index>(lead), large) == parts.rest);
    }
  }
  std::array<S, 19> equal{};
  equal.fill(S(2));
  const auto parts = find_dominant<S>(19, [&](auto j) { return at(equal.data(), j); });
  CHECK(parts.lead.where == S(0));
  CHECK(parts.sum() == S(38));
  CHECK(parts.without(Index{7}, S(2)) == S(36));
}

template <class S>
void everything() {
  recurrences<Pack<S>>();
  recurrences<S>();
  next_to_the_pole<Pack<S>>();
  tiny_steps<Pack<S>>();
  next_to_the_pole<S>();
  tiny_steps<S>();
  dual_differences<Pack<S>>();
  dual_differences<S>();
  dominant_sums<S>();
}

}  // namespace

int main() {
  everything<double>();
  everything<float>();
  return check::report();
}
