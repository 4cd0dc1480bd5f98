#pragma once
// Written by tests/cpp/make_poisson_entropy.py.

namespace natgrad::detail {

inline constexpr int least_interpolated_rate = 12;
inline constexpr int greatest_interpolated_rate = 36;

// (H - log(2 pi e rate)/2) rate as a polynomial in t in [-1, 1], 1/rate = middle + half t; its error is below
// 4.9e-17.
template <class S>
struct PoissonEntropy {
  static constexpr S middle = S(0.0555555555555555555556), half = S(0.0277777777777777777778);
  static constexpr S p[] = {
      S(-0.0858346315969266749798),     S(-0.00135863390462876758985),    S(-0.0000635202310414583086833),
      S(-0.00000647347705497509952459), S(-0.00000143584543131539977923), S(-4.80486140825142059201e-7),
      S(-8.42673614923481179039e-8),    S(5.22919347152218800322e-8),     S(3.10806039222337700841e-8),
      S(-6.25541177952395905334e-9),    S(-6.47180068785929611587e-9),    S(1.76547111489304995011e-9),
      S(1.14426793040074070998e-9),     S(-6.01663078339391598089e-10),   S(-1.36084535781839270013e-10),
      S(1.47029186758643852848e-10),    S(5.70740548600940499225e-12),    S(-1.80964734281656126063e-11)};
};

}  // namespace natgrad::detail
