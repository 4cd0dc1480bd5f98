#include "natgrad/base/exponential_integral.hpp"
#include "natgrad/base/pair.hpp"
#include "natgrad/families/closed_forms.hpp"
#include "natgrad/families/scalar.hpp"
#include "natgrad/families/table.hpp"

namespace natgrad {
namespace {

/// InverseGaussian with mean m and shape s: T(x) = (x, 1 / x), theta = (-s / 2m^2, -s / 2), h = x^(-3/2),
/// A = -s / m - log(s / 2 pi) / 2. Centred mean: [m, 1 / s].
struct InverseGaussian : ScalarEvent {
  static constexpr const char* name = "InverseGaussian";
  static constexpr Structure structure = Structure::dense;

  Index size() const { return 2; }
  std::string coordinate(Index j) const {
    return j == 0 ? "negative_half_shape_over_squared_mean" : "negative_half_shape";
  }
  std::vector<Field> standard() const { return {{"mean", {}}, {"shape", {}}}; }

  template <class R, class Require>
  void natural_domain(const R* theta, Require& require) const {
    using S = scalar_of<R>;
    require(theta[0] < S(0), S(-2) * theta[0], "shape / mean^2 must be > 0");
    require(theta[1] < S(0), S(-2) * theta[1], "shape must be > 0");
  }
  template <class R, class Require>
  void mean_domain(const R* mu, Require& require) const {
    using S = scalar_of<R>;
    require(mu[0] > S(0), mu[0], "E x must be > 0");
    const R rest = gap(mu);
    require(rest > S(0), rest, "E 1/x - 1 / E x must be > 0");
  }
  template <class R, class Require>
  void centred_domain(const R* c, Require& require) const {
    using S = scalar_of<R>;
    require(c[0] > S(0), c[0], "E x must be > 0");
    require(c[1] > S(0), c[1], "E 1/x - 1 / E x must be > 0");
  }
  template <class R, class Require>
  void standard_domain(const R* const* fields, Require& require) const {
    using S = scalar_of<R>;
    require(fields[0][0] > S(0), fields[0][0], "mean must be > 0");
    require(fields[1][0] > S(0), fields[1][0], "shape must be > 0");
  }
  template <class R, class Require>
  void support(const R* x, Require& require) const {
    using S = scalar_of<R>;
    require((x[0] > S(0)) & (x[0] < infinity<S>), x[0], "x must be > 0 and finite");
  }

  template <class R>
  R log_partition(const R* theta) const {
    using S = scalar_of<R>;
    return half_log_two_pi<S> - shape_by_mean(theta) - S(0.5) * log(S(-2) * theta[1]);
  }
  template <class R>
  void to_mean(const R* theta, R* mu) const {
    using S = scalar_of<R>;
    mu[0] = mean(theta);
    mu[1] = sqrt(-theta[0]) / sqrt(-theta[1]) - S(0.5) / theta[1];
  }
  template <class R>
  void to_natural(const R* mu, R* theta) const {
    const R c[2] = {mu[0], gap(mu)};
    from_centred(c, theta);
  }
  template <class R>
  void to_centred(const R* theta, R* c) const {
    using S = scalar_of<R>;
    c[0] = mean(theta);
    c[1] = S(-0.5) / theta[1];
  }
  template <class R>
  void from_centred(const R* c, R* theta) const {
    using S = scalar_of<R>;
    theta[1] = S(-0.5) / c[1];
    theta[0] = theta[1] / c[0] / c[0];
  }
  template <class R>
  R dual_at(const R* theta) const {
    using S = scalar_of<R>;
    return S(0.5) * log(S(-2) * theta[1]) - (S(0.5) + half_log_two_pi<S>);
  }
  template <class R>
  R dual_log_partition(const R* mu) const {
    using S = scalar_of<R>;
    return S(-0.5) * log(gap(mu)) - (S(0.5) + half_log_two_pi<S>);
  }
  template <class R>
  R entropy(const R* theta) const {
    // log(m^3 / s) / 2 and 3/2 E log(x / m); below s = m/2, log(s) and what the logarithms of 2s / m have left.
    using S = scalar_of<R>;
    const R ratio = shape_by_mean(theta);
    const mask_of<R> small = ratio < S(0.5);
    const R logarithm = log(select(small, S(-2) * theta[1], mean(theta) / sqrt(ratio)));
    const R constant = select(small, broadcast<R>(S(1.5 * log_two)), S(0));
    return (S(0.5) + half_log_two_pi<S> + constant) + logarithm - S(1.5) * scaled_exponential_integral(S(2) * ratio);
  }
  template <class R>
  R kl_divergence(const R* theta_p, const R* theta_q) const {
    // Half of that of two Gammas' rates, and shape_q (m_p - m_q)^2 / (2 m_q^2 m_p): two terms >= 0. (m_p / m_q)^2 - 1
    // is a determinant of a point and the step, whose products are exact: where s / m is large and the means nearly
    // agree its last digits are all that is left of the second term.
    using S = scalar_of<R>;
    const R step[2] = {theta_q[0] - theta_p[0], theta_q[1] - theta_p[1]};
    const R first = step[0] / theta_p[0];
    const R second = step[1] / theta_q[1];
    const R mean_p = mean(theta_p);
    const R ratio = mean_p / mean(theta_q);
    const mask_of<R> close = (abs(first) < S(0.5)) & (abs(second) < S(0.5));
    const Sum<R> one = exact_product(theta_p[1], step[0]);
    const Sum<R> other = exact_product(theta_p[0], step[1]);
    const R scale = theta_p[0] * theta_q[1];
    const mask_of<R> exact =
        (scale > std::numeric_limits<S>::min() / epsilon<S>)&(scale < epsilon<S> / std::numeric_limits<S>::min());
    const R determinant = ((one.value - other.value) + (one.error - other.error)) / scale;
    const R near = select(exact, determinant, (theta_p[1] / theta_q[1]) * first - second) / (ratio + S(1));
    const R excess = select(close, near, ratio - S(1));
    const R pull = excess * (sqrt(-theta_q[1]) / sqrt(mean_p));
    return S(0.5) * ratio_divergence(theta_p[1], theta_q[1]) + pull * pull;
  }
  template <class R>
  R log_density(const R* theta, const R* x) const {
    using S = scalar_of<R>;
    // s (x - m)^2 / (2 m^2 x) as the square of what overflows only if it does.
    const R distance = sqrt(-theta[0]) * ((x[0] - mean(theta)) / sqrt(x[0]));
    return -distance * distance + (S(0.5) * log(S(-2) * theta[1]) - half_log_two_pi<S>)-S(1.5) * log(x[0]);
  }
  template <class R>
  void fisher(const R* theta, R* lower, R* pivots) const {
    // F = [[m^3 / s, -m / s], [-m / s, 1 / m s + 2 / s^2]].
    using S = scalar_of<R>;
    const R m = mean(theta);
    const R inverse_shape = S(-0.5) / theta[1];
    lower[0] = S(-1) / m / m;
    pivots[0] = m * m * (m * inverse_shape);
    pivots[1] = S(2) * inverse_shape * inverse_shape;
  }
  template <class R>
  R fisher_log_determinant(const R* theta) const {
    using S = scalar_of<R>;
    return S(log_two) - S(3) * log(shape_by_mean(theta));
  }

  template <class R>
  void sufficient_statistics(const R* x, R* statistics) const {
    using S = scalar_of<R>;
    statistics[0] = x[0];
    statistics[1] = S(1) / x[0];
  }
  template <class R>
  R log_base_measure(const R* x) const {
    return scalar_of<R>(-1.5) * log(x[0]);
  }
  template <class R>
  R expected_log_base_measure(const R* theta) const {
    // E log x = log m - e^z E1(z), z = 2s / m.
    using S = scalar_of<R>;
    const R ratio = shape_by_mean(theta);
    const R logarithm = log(select(ratio < S(0.5), S(-4) * theta[1], mean(theta)));
    return S(1.5) * (scaled_exponential_integral(S(2) * ratio) - logarithm);
  }

  template <class R>
  void natural_from_standard(const R* const* fields, R* theta) const {
    using S = scalar_of<R>;
    theta[1] = S(-0.5) * fields[1][0];
    theta[0] = theta[1] / fields[0][0] / fields[0][0];
  }
  template <class R>
  void standard_from_natural(const R* theta, R* const* fields) const {
    fields[0][0] = mean(theta);
    fields[1][0] = scalar_of<R>(-2) * theta[1];
  }
  template <class R>
  R step_to_boundary(const R* theta, const R* direction) const {
    return min(step_to_zero(-theta[0], -direction[0]), step_to_zero(-theta[1], -direction[1]));
  }
  template <class R>
  R mean_step_to_boundary(const R* mu, const R* direction) const {
    // The first root of mu_1 mu_2 - 1 along the ray, c + b beta + a beta^2 with c > 0, in the form that does not
    // cancel; none where neither coordinate falls.
    using S = scalar_of<R>;
    const R left = mu[0] * direction[1];
    const R right = mu[1] * direction[0];
    const R a = direction[0] * direction[1];
    const R b = left + right;
    const R c = product_minus_one(mu[0], mu[1]);
    const R apart = left - right;
    const R square = select(a > S(0), apart * apart + S(4) * a, b * b - S(4) * a * c);
    const R root = sqrt(square);
    const R falling = S(2) * c / (root - b);
    const R rising = (b + root) / (S(-2) * a);
    return select(b < S(0), falling, select(a < S(0), rising, broadcast<R>(infinity<S>)));
  }

 private:
  /// E 1/x - 1 / E x, of which no digit is lost where it is all that the product of the two exceeds 1 by.
  template <class R>
  static R gap(const R* mu) {
    using S = scalar_of<R>;
    const R excess = product_minus_one(mu[0], mu[1]);
    return select(excess < infinity<S>, excess / mu[0], mu[1]);
  }
  template <class R>
  static R mean(const R* theta) {
    return sqrt(-theta[1]) / sqrt(-theta[0]);
  }
  template <class R>
  static R shape_by_mean(const R* theta) {
    return scalar_of<R>(2) * (sqrt(-theta[0]) * sqrt(-theta[1]));
  }
};

}  // namespace

FamilyEntry family_inverse_gaussian() { return family_entry<InverseGaussian>(); }

}  // namespace natgrad
