#pragma once

#include "natgrad/families/dirichlet_maps.hpp"
#include "natgrad/families/gamma_divergence.hpp"

namespace natgrad::dirichlet {

/// x^2 (h(x) - h(x + r)) >= 0 for h = psi_1 - 1/x, given x^2 h(x) and (x + r)^2 h(x + r): h itself overflows at tiny x.
template <class R>
NATGRAD_INLINE R scaled_remainder_difference(R x, R r, R here, R there) {
  using S = scalar_of<R>;
  const R share = x / (x + r);
  const R value = here - share * share * there;
  const mask_of<R> close = natgrad::detail::is_close(x, r);
  if (!any(close)) return value;
  // h = 1/x^2 - 1/x to O(1) where its derivative would overflow.
  const mask_of<R> tiny = x < (sizeof(S) == 8 ? S(1e-6) : S(1e-3));
  const R pole = (r / x) * share * ((S(2) + r / x) * share - x);
  const R held = select(tiny, broadcast<R>(1), x);
  const R near = held * (held * natgrad::detail::trigamma_remainder_difference_close(held, select(close, r, S(0))));
  return select(close, select(tiny, pole, near), value);
}

/// D^T F(alpha) D. With psi_1(x) = 1/x + h(x) the part of 1/x is the variance sum alpha_k (D_k/alpha_k - D_s/s)^2; in
/// that of h the lead M of alpha is taken against s, as h(M) - h(s). Every D is a share of its alpha there.
template <class R>
R quadratic(Index n, const R* alpha, const R* step, const Largest<R>& lead) {
  using S = scalar_of<R>;
  const auto others = [&](auto f) {
    return total<R>(n, [&](auto j) { return select(lead.is(j), natgrad::detail::widen<decltype(f(j))>(S(0)), f(j)); });
  };
  const auto pick = [&](const R* data) {
    return total<R>(n, [&](auto j) {
      return select(lead.is(j), at(data, j), natgrad::detail::widen<decltype(at(data, j))>(S(0)));
    });
  };
  Buffer<R> excess(n);
  each<R>(n, [&](auto j) { put(excess.data(), j, scaled_trigamma_excess(at(alpha, j))); });
  const R major = pick(alpha);
  const R major_step = pick(step);
  const R minor = others([&](auto j) { return at(alpha, j); });
  const R minor_step = others([&](auto j) { return at(step, j); });
  const R s = major + minor;
  const R anchor = major_step / major;
  const R mean = others([&](auto j) { return at(step, j) - at(alpha, j) * anchor; }) / s;
  const R h = scaled_trigamma_excess(s);
  const R minors = others([&](auto j) {
    const auto a = at(alpha, j);
    const auto d = at(step, j);
    const auto relative = d / a;
    const auto shift = relative - (anchor + mean);
    return a * shift * shift + at(excess.data(), j) * relative * relative;
  });
  const R drop = scaled_remainder_difference(major, minor, pick(excess.data()), h);
  return major * mean * mean + minors + drop * anchor * anchor -
         h * (minor_step / s) * ((S(2) * major_step + minor_step) / s);
}

template <class R>
NATGRAD_CALLED R kl_close(Index n, const R* p, const R* q) {
  const Largest<R> lead = split(n, p).lead;
  Buffer<R> step(n);
  Buffer<R> point(n);
  each<R>(n, [&](auto j) { put(step.data(), j, at(q, j) - at(p, j)); });
  return bregman_integral<R>([&](auto t) {
    each<R>(n, [&](auto j) { put(point.data(), j, at(p, j) + t * at(step.data(), j)); });
    return quadratic<R>(n, point.data(), step.data(), lead);
  });
}

/// shape_divergence(M_p, M_q) - shape_divergence(s_p, s_q) where s = M + r with a small r in both: every part is of the
/// size of r. With R(s) - R(M) = -integral of log x - psi(x) over [M, s], and R'' = h.
template <class R>
NATGRAD_CALLED R lead_less_sum(R lead_p, R rest_p, R lead_q, R rest_q) {
  const auto fall = [](R x, R r) {
    return r * natgrad::detail::mean_beyond(x, r, [](R t) { return log_minus_digamma(t); });
  };
  const R mean = natgrad::detail::mean_beyond(lead_p, rest_p, [&](R t) {
    const R ratio = lead_p / t;
    return ratio * ratio * scaled_trigamma_excess(t);
  });
  const R turn = ((lead_q - lead_p) / lead_p) * ((rest_p / lead_p) * mean);
  return (fall(lead_q, rest_q) - fall(lead_p, rest_p)) +
         (turn - (rest_q - rest_p) * log_minus_digamma(lead_p + rest_p));
}

/// One shape's divergence. Where only some shapes are close its absolute error is enough for float64, not for float32.
template <class V>
NATGRAD_INLINE V shape_divergence_of(V p, V q) {
  if constexpr (sizeof(scalar_of<V>) == 4)
    return shape_divergence(p, q);
  else
    return shape_divergence_apart(p, q);
}

/// s_q KL of the normalised points, plus the divergences of the shapes, less that of their sums.
template <class R>
NATGRAD_CALLED R kl_apart(Index n, const R* p, const R* q) {
  using S = scalar_of<R>;
  const Dominant<R> of_p = split(n, p);
  const Dominant<R> of_q = split(n, q);
  const R scale = of_q.sum() / of_p.sum();
  const mask_of<R> one_leads = (of_p.lead.where == of_q.lead.where) & (of_p.rest < S(0.0625) * of_p.lead.value) &
                               (of_q.rest < S(0.0625) * of_q.lead.value);
  const R left_out = select(one_leads, of_p.lead.where, broadcast<R>(-1));
  const R sum = total<R>(n, [&](auto j) {
    const auto a = at(p, j);
    const auto b = at(q, j);
    const auto ratio = (a / b) * scale;
    const auto shape = shape_divergence_of(a, b);
    return b * ratio_remainder(ratio, ratio - S(1)) +
           select(number_of<R>(j) == left_out, broadcast<decltype(at(p, j))>(0), shape);
  });
  const R whole = shape_divergence_apart(of_p.sum(), of_q.sum());
  if (!any(one_leads)) return sum - whole;
  return sum + select(one_leads, lead_less_sum(of_p.lead.value, of_p.rest, of_q.lead.value, of_q.rest), -whole);
}

/// KL as it is defined.
template <class R>
NATGRAD_INLINE Plain<R> kl_plain(Index n, const R* p, const R* q) {
  R magnitude = broadcast<R>(0), s_p = magnitude, s_q = magnitude, divergence = magnitude;
  for (Index j = 0; j < n; ++j) {
    const Plain<R> one = plain_of(p[j], q[j]);
    divergence += one.divergence;
    magnitude += one.magnitude;
    s_p += p[j];
    s_q += q[j];
  }
  const Plain<R> whole = plain_of(s_p, s_q);
  return {divergence - whole.divergence, magnitude + whole.magnitude};
}

template <class R>
NATGRAD_CALLED R kl_careful(Index n, const R* p, const R* q) {
  using S = scalar_of<R>;
  const R far = largest<R>(n, [&](auto j) { return max(at(p, j), at(q, j)) / min(at(p, j), at(q, j)); });
  const mask_of<R> close = far <= close_ratio<S>;
  R result = broadcast<R>(0);
  if (any(close)) result = kl_close(n, p, q);
  if (!all(close)) result = select(close, result, kl_apart(n, p, q));
  return max(result, broadcast<R>(0));
}

template <class R>
R kl_divergence(Index n, const R* p, const R* q) {
  if constexpr (is_pack<R> && tries_definition<R>) {
    const Plain<R> plain = kl_plain(n, p, q);
    const mask_of<R> kept = keeps_digits(plain.divergence, plain.magnitude);
    if (all(kept)) return plain.divergence;
    return select(kept, plain.divergence, kl_careful(n, p, q));
  } else {
    return kl_careful(n, p, q);
  }
}

}  // namespace natgrad::dirichlet
