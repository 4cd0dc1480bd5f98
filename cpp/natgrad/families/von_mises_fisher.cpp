#include <limits>
#include <type_traits>

#include "natgrad/base/bessel_ratio_of_order.hpp"
#include "natgrad/base/pair.hpp"
#include "natgrad/families/bregman_integral.hpp"
#include "natgrad/families/closed_forms.hpp"
#include "natgrad/families/table.hpp"

namespace natgrad {
namespace {

/// VonMisesFisher on unit vectors in d dimensions, density with respect to the surface: T(x) = x, theta = k u with a
/// unit vector u, A = log((2 pi)^(n+1) I_n(k) k^-n), n = d/2 - 1, h = 1. mu = R(k) u with R = I_(n+1) / I_n; F has R'
/// along the direction and R / k across it.
struct VonMisesFisher {
  static constexpr const char* name = "VonMisesFisher";
  static constexpr Structure structure = Structure::blocks;
  static constexpr std::array parameters{Parameter{"dimension", true, 2}};
  static constexpr Index longest_row_across = 64;

  Index d;
  double order;
  double log_area;

  static VonMisesFisher from(std::span<const double> values) {
    const double order = 0.5 * values[0] - 1.0;
    return {static_cast<Index>(values[0]), order, log_sphere_area(order)};
  }
  Index size() const { return d; }
  std::string coordinate(Index j) const { return "concentration_times_direction[" + std::to_string(j) + "]"; }
  Shape event_shape() const { return {d}; }
  std::vector<Field> standard() const { return {{"mean_direction", {d}}, {"concentration", {}}}; }

  template <class R, class Require>
  void natural_domain(const R*, Require&) const {}
  template <class R, class Require>
  void mean_domain(const R* mu, Require& require) const {
    require(slack(mu) > scalar_of<R>(0), length(mu), "length of the mean must be < 1");
  }
  template <class R, class Require>
  void standard_domain(const R* const* fields, Require& require) const {
    using S = scalar_of<R>;
    const R norm = length(fields[0]);
    require(abs(norm - S(1)) <= S(1e-6), norm, "length of mean_direction must be 1");
    require(fields[1][0] >= S(0), fields[1][0], "concentration must be >= 0");
  }
  template <class R, class Require>
  void support(const R* x, Require& require) const {
    using S = scalar_of<R>;
    for (Index j = 0; j < d; ++j) require(is_finite(x[j]), x[j], "x must be finite");
    const R norm = length(x);
    require(abs(norm - S(1)) <= S(1e-6), norm, "length of x must be 1");
  }

  template <class R>
  R log_partition(const R* theta) const {
    const R k = length(theta);
    return k + scaled_log_partition(k);
  }
  template <class R>
  void to_mean(const R* theta, R* mu) const {
    const R over = ratio(length(theta)).over;
    each<R>(d, [&](auto j) { put(mu, j, over * at(theta, j)); });
  }
  template <class R>
  Iterations<R> to_natural(const R* mu, R* theta) const {
    using S = scalar_of<R>;
    const R r = length(mu);
    const InverseBesselRatio<R> found = inverse_bessel_ratio(S(order), r, slack(mu) / (S(1) + r));
    const R scale = select(r > S(0), found.k / r, broadcast<R>(S(d)));
    each<R>(d, [&](auto j) { put(theta, j, scale * at(mu, j)); });
    const mask_of<R> converged = found.converged | (r == S(0));
    return {found.iterations, converged};
  }
  template <class R>
  R dual_at(const R* theta) const {
    const R k = length(theta);
    return -(k * ratio(k).complement + scaled_log_partition(k));
  }
  template <class R>
  NATGRAD_CALLED R kl_divergence(const R* theta_p, const R* theta_q) const {
    // The Bregman divergence of A between the concentrations, and k_q R(k_p) (1 - cos of the angle between the
    // directions): two terms >= 0.
    using S = scalar_of<R>;
    const R k_p = length(theta_p);
    const R k_q = length(theta_q);
    const R larger = max(max(k_p, k_q), std::numeric_limits<S>::min());
    const R smaller = min(k_p, k_q);
    const mask_of<R> p_is_smaller = k_p <= k_q;
    const auto step = [&](auto j) { return at(theta_q, j) - at(theta_p, j); };
    const auto lesser = [&](auto j) { return select(p_is_smaller, at(theta_p, j), at(theta_q, j)); };

    // The sine from what the step has across the shorter vector. An error in `along` is itself along that vector, so it
    // adds to the length only by its square.
    const R shorter = max(smaller, std::numeric_limits<S>::min());
    const mask_of<R> comparable = smaller >= S(0.25) * larger;
    const auto base = [&](auto j) { return select(comparable, lesser(j), lesser(j) / shorter); };
    const R along = total<R>(d, [&](auto j) { return (lesser(j) / shorter) * (step(j) / larger); }) *
                    select(comparable, larger / shorter, larger);
    const R squared_sine = total<R>(d, [&](auto j) {
      using V = decltype(step(j));
      const V across = fma(-detail::widen<V>(along), base(j), step(j)) / larger;
      return across * across;
    });
    const R cosine = total<R>(d, [&](auto j) {
      const auto greater = select(p_is_smaller, at(theta_q, j), at(theta_p, j));
      return (lesser(j) / shorter) * (greater / larger);
    });
    const R turn = select(cosine > S(0), squared_sine / (S(1) + max(cosine, S(0))), S(1) - cosine);

    // k_q - k_p = <theta_q - theta_p, theta_q + theta_p> / (k_q + k_p).
    const R sum = max(S(0.5) * k_p + S(0.5) * k_q, std::numeric_limits<S>::min());
    const R rise =
        total<R>(d, [&](auto j) { return step(j) * ((S(0.5) * at(theta_p, j) + S(0.5) * at(theta_q, j)) / sum); });
    const BesselRatioOfOrder<R> from = ratio(k_p);
    // R' changes little where both are below the zeros of I_n, which have no smaller absolute value than n + 2.
    const mask_of<R> close = (larger <= S(1 + 0.5 * order)) | (larger <= close_ratio<S> * smaller);
    R radial = broadcast<R>(0);
    if (!all(close)) {
      const LogBesselOfOrder<R> there = bessel(k_q);
      const LogBesselOfOrder<R> here = bessel(k_p);
      const R logs = S(order) * log(there.sum / here.sum) + S(0.5) * log(there.root / here.root);
      radial = (rise * from.complement - logs) + (there.rest - here.rest);
    }
    if (any(close)) {
      const R held = select(close, rise, broadcast<R>(0));
      radial = select(close, held * (held * integral(k_p, held)), radial);
    }
    return max(radial, S(0)) + k_q * (from.over * k_p) * turn;
  }
  template <class R>
  R log_density(const R* theta, const R* x) const {
    // k (1 - <u, x>) = k |x - u|^2 / 2.
    using S = scalar_of<R>;
    const R k = length(theta);
    const R divisor = max(k, std::numeric_limits<S>::min());
    const R apart = total<R>(d, [&](auto j) {
      const auto gap = at(x, j) - at(theta, j) / divisor;
      return gap * gap;
    });
    return S(-0.5) * k * apart - scaled_log_partition(k);
  }

  // F = (R / k) (I - defect u u^T), in which 1 - defect = k R' / R is known for itself: where u_j^2 is near 1 the
  // diagonal is taken from it and from the other coordinates of u.
  template <class R>
  void fisher_multiply(const R* theta, const R* v, R* out) const {
    const Parts<R> f = parts(theta);
    const R others = total<R>(d, [&](auto j) {
      const auto term = f.unit(at(theta, j)) * at(v, j);
      return select(f.leads(at(theta, j)), std::remove_cvref_t<decltype(term)>{}, term);
    });
    const R beside = total<R>(d, [&](auto j) { return f.if_leads(at(theta, j), at(v, j)); });
    const R projected = f.first * beside + others;
    const R first = f.over * (f.lead_diagonal * beside - f.defect * f.first * others);
    each<R>(d, [&](auto j) {
      const auto rest = f.over * (at(v, j) - f.defect * f.unit(at(theta, j)) * projected);
      put(out, j, select(f.leads(at(theta, j)), detail::widen<decltype(at(v, j))>(first), rest));
    });
  }
  /// (F + c I)^-1 has 1 / (R' + c) along the direction and 1 / (R / k + c) across it.
  template <class R>
  mask_of<R> fisher_solve(const R* theta, const R* v, R damping, R* out) const {
    using S = scalar_of<R>;
    const R k = length(theta);
    const R divisor = max(k, std::numeric_limits<S>::min());
    const BesselRatioOfOrder<R> at_k = ratio(k);
    const R across = S(1) / (at_k.over + damping);
    const R more = at_k.over * at_k.defect / (at_k.over * at_k.relative + damping);
    const R projected = total<R>(d, [&](auto j) { return (at(theta, j) / divisor) * at(v, j); });
    each<R>(d, [&](auto j) { put(out, j, (at(v, j) + (at(theta, j) / divisor) * (more * projected)) * across); });
    return damping == damping;
  }
  template <class R>
  void fisher_dense(const R* theta, R* out) const {
    const Parts<R> f = parts(theta);
    const R gap = f.over * f.defect;
    for (Index i = 0; i < d; ++i) {
      for (Index j = 0; j < d; ++j) out[i * d + j] = -gap * (f.unit(theta[i]) * f.unit(theta[j]));
      out[i * d + i] = select(f.leads(theta[i]), f.over * f.lead_diagonal, f.over + out[i * d + i]);
    }
  }
  template <class R>
  R fisher_log_determinant(const R* theta) const {
    using S = scalar_of<R>;
    const BesselRatioOfOrder<R> at_k = ratio(length(theta));
    return S(d) * log(at_k.over) + log(at_k.relative);
  }

  template <class R>
  void sufficient_statistics(const R* x, R* statistics) const {
    each<R>(d, [&](auto j) { put(statistics, j, at(x, j)); });
  }
  template <class R>
  R log_base_measure(const R*) const {
    return broadcast<R>(0);
  }
  template <class R>
  R expected_log_base_measure(const R*) const {
    return broadcast<R>(0);
  }

  template <class R>
  void natural_from_standard(const R* const* fields, R* theta) const {
    const R scale = fields[1][0] / length(fields[0]);  // a direction may be a unit vector that was rounded
    each<R>(d, [&](auto j) { put(theta, j, scale * at(fields[0], j)); });
  }
  template <class R>
  void standard_from_natural(const R* theta, R* const* fields) const {
    using S = scalar_of<R>;
    const R k = length(theta);
    const R divisor = select(k > S(0), k, broadcast<R>(1));
    each<R>(d, [&](auto j) { put(fields[0], j, at(theta, j) / divisor); });
    fields[0][0] = select(k > S(0), fields[0][0], broadcast<R>(1));
    fields[1][0] = k;
  }
  template <class R>
  R mean_step_to_boundary(const R* mu, const R* direction) const {
    // The positive root of |mu + beta v|^2 = 1 along the unit vector of v, in the form that does not cancel.
    using S = scalar_of<R>;
    const R norm = length(direction);
    const R divisor = select(norm > S(0), norm, broadcast<R>(1));
    const R b = total<R>(d, [&](auto j) { return at(mu, j) * (at(direction, j) / divisor); });
    const R c = slack(mu);
    const R root = sqrt(b * b + c);
    const R distance = select(b > S(0), c / (b + root), root - b);
    return select(norm > S(0), distance / norm, broadcast<R>(infinity<S>));
  }

 private:
  /// F in parts: the coordinate where the direction is longest, `first`, has the diagonal over * lead_diagonal. Where
  /// several are as long none needs to be set apart, because their squares are at most 1/2.
  template <class R>
  struct Parts {
    R over, defect, divisor;
    R lead, first, lead_diagonal;

    template <class V>
    NATGRAD_INLINE V unit(V coordinate) const {
      return coordinate / divisor;
    }
    template <class V>
    NATGRAD_INLINE auto leads(V coordinate) const {
      return abs(coordinate) == lead;
    }
    template <class V>
    NATGRAD_INLINE V if_leads(V coordinate, V value) const {
      return select(leads(coordinate), value, V{});
    }
  };
  template <class R>
  NATGRAD_CALLED Parts<R> parts(const R* theta) const {
    using S = scalar_of<R>;
    const R k = length(theta);
    const BesselRatioOfOrder<R> at_k = ratio(k);
    Parts<R> f{at_k.over, at_k.defect, max(k, std::numeric_limits<S>::min()), only_largest(theta), R{}, R{}};
    const R others = total<R>(d, [&](auto j) {
      // Left out by choice: a difference with itself might be fused into the rounding of the square.
      const auto unit = f.unit(at(theta, j));
      return select(f.leads(at(theta, j)), std::remove_cvref_t<decltype(unit)>{}, unit * unit);
    });
    f.first = total<R>(d, [&](auto j) { return f.if_leads(at(theta, j), f.unit(at(theta, j))); });
    f.lead_diagonal = others + at_k.relative * f.first * f.first;
    return f;
  }
  /// The largest magnitude if one coordinate alone has it, else infinity.
  template <class R>
  NATGRAD_CALLED R only_largest(const R* vector) const {
    using S = scalar_of<R>;
    const R most = largest<R>(d, [&](auto j) { return abs(at(vector, j)); });
    const R ties = total<R>(d, [&](auto j) {
      using V = std::remove_cvref_t<decltype(at(vector, j))>;
      return select(abs(at(vector, j)) == most, broadcast<V>(1), V{});
    });
    return select(ties == S(1), most, broadcast<R>(infinity<S>));
  }

  /// |vector|, scaled by a power of two (exactly), so that no square overflows or vanishes.
  template <class R>
  NATGRAD_CALLED R length(const R* vector) const {
    using S = scalar_of<R>;
    const R most = largest<R>(d, [&](auto j) { return abs(at(vector, j)); });
    const R power = from_bits<R>(to_bits(most) & to_bits(broadcast<R>(infinity<S>)));
    const R scale = max(power, std::numeric_limits<S>::min());
    const R inverse = S(1) / scale;
    const R squares = total<R>(d, [&](auto j) {
      const auto part = at(vector, j) * inverse;
      return part * part;
    });
    return min(scale * sqrt(squares), std::numeric_limits<S>::max());
  }
  /// 1 - |mu|^2, rounded as little as mu allows, and not at all where it is next to nothing.
  template <class R>
  NATGRAD_CALLED R slack(const R* mu) const {
    using S = scalar_of<R>;
    const R lead = only_largest(mu);
    const R others = total<R>(d, [&](auto j) {
      const auto square = at(mu, j) * at(mu, j);
      return select(abs(at(mu, j)) == lead, std::remove_cvref_t<decltype(square)>{}, square);
    });
    const R apart = select(lead < infinity<S>, lead, broadcast<R>(0));
    const R plain = (S(1) - apart) * (S(1) + apart) - others;
    const mask_of<R> lost = abs(plain) <= S(4) * S(d) * epsilon<S>;
    if (!any(lost)) return plain;
    const Sum<R> exact = one_less_squares(d, mu);
    return select(lost, exact.value + exact.error, plain);
  }
  template <class R>
  BesselRatioOfOrder<R> ratio(R k) const {
    return BesselRatioOfOrder<R>(static_cast<scalar_of<R>>(order), k);
  }
  template <class R>
  LogBesselOfOrder<R> bessel(R k) const {
    using S = scalar_of<R>;
    return log_scaled_bessel(static_cast<S>(order), static_cast<S>(log_area), k);
  }
  /// A - k.
  template <class R>
  NATGRAD_CALLED R scaled_log_partition(R k) const {
    using S = scalar_of<R>;
    return bessel(k).value(static_cast<S>(order));
  }
  /// The integral of (1 - t) R'(k + t rise) over [0, 1].
  template <class R>
  NATGRAD_CALLED R integral(R k, R rise) const {
    return bregman_integral<R>([&](auto t) {
      const BesselRatioOfOrder<R> there = ratio(max(k + t * rise, scalar_of<R>(0)));
      return there.over * there.relative;
    });
  }
};

}  // namespace

FamilyEntry family_von_mises_fisher() { return family_entry<VonMisesFisher>(); }

}  // namespace natgrad
