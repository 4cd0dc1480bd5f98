#include <array>

#include "natgrad/families/definite.hpp"
#include "natgrad/families/markov_chain.hpp"
#include "natgrad/families/table.hpp"

namespace natgrad {
namespace {

/// GaussMarkovChain of n = length states x_t in R^d with mean m and a block tridiagonal precision P: T = (x_t; packed
/// x_t x_t^T; x_{t+1} x_t^T), theta = (P m; packed -P_tt / 2 with off-diagonals doubled; -P_{t+1,t}), each kind in the
/// order of time, A = m^T P m / 2 - log det(P / 2 pi) / 2, h = 1.
struct GaussMarkovChain {
  static constexpr const char* name = "GaussMarkovChain";
  static constexpr Structure structure = Structure::matrix_free;
  static constexpr std::array parameters{Parameter{"length", true, 1}, Parameter{"dimension", true, 1}};
  // A state waits for the one before, so a single row is no slower across; beyond this a pack of rows takes too much
  // memory.
  static constexpr Index longest_row_across = 4096;

  ChainShape shape;

  static GaussMarkovChain from(std::span<const double> values) {
    return {{static_cast<Index>(values[0]), static_cast<Index>(values[1])}};
  }

  Index size() const { return shape.size(); }
  std::string coordinate(Index j) const {
    const auto text = [](const char* kind, std::initializer_list<Index> indices) {
      std::string result = kind;
      for (const Index k : indices) {
        if (result.back() != '[') result += ',';
        result += std::to_string(k);
      }
      result += ']';
      return result;
    };
    const Index d = shape.d;
    if (j < shape.diagonal(0)) return text("precision_times_mean[", {j / d, j % d});
    if (j < shape.lower(0)) {
      const Index k = j - shape.diagonal(0);
      const Index place = k % shape.packed();
      const Index i = definite::row_of(place);
      const Index column = place - symmetric::at(i, 0);
      return text(column == i ? "negative_half_precision[" : "negative_precision[", {k / shape.packed(), i, column});
    }
    const Index k = j - shape.lower(0);
    return text("negative_cross_precision[", {k / shape.square(), k % shape.square() / d, k % d});
  }
  Shape event_shape() const { return {shape.n, shape.d}; }
  std::vector<Field> standard() const {
    const Index n = shape.n;
    const Index d = shape.d;
    return {{"mean", {n, d}}, {"covariance", {n, d, d}}, {"cross_covariance", {n - 1, d, d}}};
  }

  template <class R, class Require>
  void natural_domain(const R* theta, Require& require) const {
    const R pivot = smallest_pivot_of_precision(theta);
    require(pivot > scalar_of<R>(0), pivot, "precision must be positive definite");
  }
  template <class R, class Require>
  void mean_domain(const R* mu, Require& require) const {
    Buffer<R> c(size());
    centre(mu, c.data());
    centred_domain(static_cast<const R*>(c.data()), require);
  }
  template <class R, class Require>
  void centred_domain(const R* c, Require& require) const {
    const R pivot = smallest_pivot(c);
    require(pivot > scalar_of<R>(0), pivot, "covariance of neighbouring states must be positive definite");
  }
  template <class R, class Require>
  void standard_domain(const R* const* fields, Require& require) const {
    Buffer<R> packed(shape.packed());
    Buffer<R> c(size());
    for (Index t = 0; t < shape.n; ++t) {
      definite::symmetrised(shape.d, fields[1] + t * shape.square(), packed.data(), "covariance must be symmetric",
                            require);
    }
    centred_from_standard(fields, c.data());
    centred_domain(c.data(), require);
  }

  template <class R>
  NATGRAD_CALLED R log_partition(const R* theta) const {
    using S = scalar_of<R>;
    const ChainFactor<R> factor(shape, theta);
    Buffer<R> half(shape.numbers());  // L^-1 P m = L^T m
    blocks::copy(shape.numbers(), theta, half.data());
    factor.forward(half.data());
    return S(0.5) * (dot<R>(shape.numbers(), half.data(), half.data()) - factor.log_determinant()) +
           S(shape.numbers()) * half_log_two_pi<S>;
  }
  template <class R>
  void to_centred(const R* theta, R* c) const {
    ChainFactor<R>(shape, theta).moments(theta, c);
  }
  template <class R>
  void to_mean(const R* theta, R* mu) const {
    to_centred(theta, mu);
    add_outer(shape, 1, mu, mu, mu);
  }
  template <class R>
  NATGRAD_CALLED void from_centred(const R* c, R* theta) const {
    // D_t = Q_{t-1}^-1 + A_t^T Q_t^-1 A_t and C_t = -Q_t^-1 A_t, Q_t the covariance of x_{t+1} given x_t: sums of
    // positive terms. P m likewise from the innovations m_{t+1} - A_t m_t.
    const Index d = shape.d;
    blocks::Scratch<R> work(2, d);
    R* before = work[0];
    R* here = work[1];
    Buffer<R> innovation(d);
    factorise<R>(shape, c, [&](Index t, const R* noise, R* whitened) {
      blocks::inverse(d, noise, here);
      blocks::copy(d, c + t * d, innovation.data());
      blocks::lower_solve(d, 1, noise, innovation.data());
      if (t > 0) {
        blocks::lower_solve(d, d, noise, whitened);
        blocks::add_product<Side::transposed, Side::plain>(d, d, 1, whitened, whitened, before);
        put_precision(shape, t - 1, before, theta);
        blocks::add_product<Side::plain, Side::plain>(d, 1, -1, whitened, c + (t - 1) * d, innovation.data());
        R* last = theta + (t - 1) * d;
        blocks::add_product<Side::transposed, Side::plain>(d, 1, -1, whitened, innovation.data(), last);
        blocks::upper_solve(d, d, noise, whitened);
        blocks::copy(shape.square(), whitened, theta + shape.lower(t - 1));
      }
      blocks::upper_solve(d, 1, noise, innovation.data());
      blocks::copy(d, innovation.data(), theta + t * d);
      blocks::copy(shape.square(), here, before);
    });
    put_precision(shape, shape.n - 1, before, theta);
  }
  template <class R>
  void to_natural(const R* mu, R* theta) const {
    Buffer<R> c(size());
    centre(mu, c.data());
    from_centred<R>(c.data(), theta);
  }
  template <class R>
  R dual_at(const R* theta) const {
    using S = scalar_of<R>;
    const S constant = S(shape.numbers()) * (half_log_two_pi<S> + S(0.5));
    return S(0.5) * ChainFactor<R>(shape, theta).log_determinant() - constant;
  }
  template <class R>
  NATGRAD_CALLED R dual_log_partition(const R* mu) const {
    using S = scalar_of<R>;
    Buffer<R> c(size());
    centre(mu, c.data());
    CompensatedSum<R> sum;
    factorise<R>(shape, c.data(), [&](Index, const R* noise, R*) { sum.add(blocks::log_determinant(shape.d, noise)); });
    return S(-0.5) * sum.value() - S(shape.numbers()) * (half_log_two_pi<S> + S(0.5));
  }

  template <class R>
  NATGRAD_CALLED R kl_divergence(const R* theta_p, const R* theta_q) const {
    // A sum of positive terms over x_t given x_{t+1}, with the changes of the pivots and of the gains from p to q, and
    // the pull of the means; by the smaller terms where a difference has two forms (reference/markov_chain.py).
    using S = scalar_of<R>;
    const Index d = shape.d;
    const Index square = shape.square();
    const ChainFactor<R> p(shape, theta_p);
    const ChainFactor<R> q(shape, theta_q);
    Buffer<R> c(size());
    p.moments(theta_p, c.data());
    Buffer<R> change(size());
    for (Index k = 0; k < size(); ++k) change[k] = theta_q[k] - theta_p[k];
    const PivotChanges<R> changes(shape, p, change.data(), &q);
    CompensatedSum<R> sum;
    blocks::Scratch<R> work(5, d);
    R* relative = work[0];
    Buffer<R> e(shape.packed());
    R* gain_p = work[1];
    R* gain_q = work[2];
    R* pull = work[3];
    R* covariance = work[4];
    for (Index t = 0; t < shape.n; ++t) {
      blocks::copy(square, changes.pivot(t), relative);
      blocks::lower_solve(d, d, p.own(t), relative);
      blocks::transpose(d, relative, pull);
      blocks::lower_solve(d, d, p.own(t), pull);
      blocks::pack(d, pull, e.data());
      const auto [spread, smallest] = definite::trace_less_log_determinant<R>(d, e.data());
      R own = spread;
      const mask_of<R> near = smallest > S(0.1);
      if (!all(near)) {
        const R far = definite::trace_of_ratio<R>(d, p.own(t), q.own(t)) - S(d);
        own = select(near, own, far + (blocks::log_determinant(d, p.own(t)) - blocks::log_determinant(d, q.own(t))));
      }
      sum.add(own);
      if (t == shape.n - 1) break;
      p.gain(t, gain_p);
      q.gain(t, gain_q);
      const R size_p = largest_entry(square, gain_p);
      const R terms =
          largest_entry(square, change.data() + shape.lower(t)) + largest_entry(square, changes.pivot(t)) * size_p;
      q.pivot_block(theta_q, t, covariance);
      const R gains = largest_entry(square, covariance) * (size_p + largest_entry(square, gain_q));
      const mask_of<R> by_points = terms < gains;
      blocks::copy(square, changes.pull(t), pull);
      blocks::lower_solve(d, d, q.own(t), pull);
      for (Index k = 0; k < square; ++k) gain_q[k] -= gain_p[k];
      symmetric::unpack(d, c.data() + shape.diagonal(t + 1), covariance);
      for (Index i = 0; i < d; ++i) {  // the rows of L_q^-1 Y, or of L_q^T (E_q - E_p)
        for (Index j = 0; j < d; ++j) {
          R turned = gain_q[i * d + j] / q.own(t)[symmetric::at(i, i)];
          for (Index k = i + 1; k < d; ++k) turned += q.own(t)[symmetric::at(k, i)] * gain_q[k * d + j];
          pull[i * d + j] = select(by_points, pull[i * d + j], turned);
        }
      }
      blocks::product<Side::plain, Side::plain>(d, 1, pull, covariance, relative);
      R square_pull = broadcast<R>(0);
      for (Index k = 0; k < square; ++k) square_pull += relative[k] * pull[k];
      sum.add(square_pull);
    }
    sum.add(squared_pull(theta_q, q, c.data(), change.data()));
    return S(0.5) * sum.value();
  }

  template <class R>
  NATGRAD_CALLED R log_density(const R* theta, const R* x) const {
    using S = scalar_of<R>;
    const ChainFactor<R> factor(shape, theta);
    Buffer<R> off(shape.numbers());
    factor.mean(theta, off.data());
    for (Index k = 0; k < shape.numbers(); ++k) off[k] = x[k] - off[k];
    return S(0.5) * (factor.log_determinant() - factor.turned_square(off.data())) -
           S(shape.numbers()) * half_log_two_pi<S>;
  }

  template <class R>
  NATGRAD_CALLED void fisher_multiply(const R* theta, const R* v, R* out) const {
    // The derivatives of ChainFactor::moments, then of m m^T.
    const Index d = shape.d;
    const Index square = shape.square();
    const ChainFactor<R> factor(shape, theta);
    Buffer<R> c(size());
    factor.moments(theta, c.data());
    const PivotChanges<R> changes(shape, factor, v, nullptr);
    blocks::copy(shape.numbers(), v, out);
    add_precision_times(shape, -1, v, c.data(), out);
    factor.solve(out);
    blocks::Scratch<R> work(6, d);
    R* own = work[0];
    R* half = work[1];
    R* here = work[2];
    R* next = work[3];
    R* e = work[4];
    R* step = work[5];
    for (Index t = shape.n; t-- > 0;) {
      blocks::inverse(d, factor.own(t), own);
      blocks::product<Side::plain, Side::plain>(d, 1, own, changes.pivot(t), half);
      blocks::product<Side::plain, Side::plain>(d, -1, half, own, here);
      if (t < shape.n - 1) {
        factor.gain(t, e);
        blocks::copy(square, changes.pull(t), step);
        blocks::solve(d, d, factor.own(t), step);
        symmetric::unpack(d, c.data() + shape.diagonal(t + 1), own);
        blocks::product<Side::plain, Side::plain>(d, 1, step, own, half);  // -dX^T
        blocks::add_product<Side::plain, Side::plain>(d, d, 1, e, next, half);
        blocks::minus_transpose(d, half, out + shape.lower(t));
        // dS_t = -P_t^-1 dP_t P_t^-1 - dX^T E^T - X^T dE^T
        const R* x = c.data() + shape.lower(t);
        blocks::add_product<Side::plain, Side::transposed>(d, d, 1, half, e, here);
        blocks::transpose(d, x, half);
        blocks::add_product<Side::plain, Side::transposed>(d, d, -1, half, step, here);
      }
      blocks::pack(d, here, out + shape.diagonal(t));
      blocks::copy(square, here, next);
    }
    add_outer(shape, 1, static_cast<const R*>(out), static_cast<const R*>(c.data()), out);
  }
  template <class R>
  NATGRAD_CALLED void fisher_solve(const R* theta, const R* v, R* out) const {
    // Of S_t = P_t^-1 + E_t S_{t+1} E_t^T and X_t^T = -E_t S_{t+1} follow dE_t and dP_t, of C_t^T = P_t E_t and D_{t+1}
    // = P_{t+1} + E_t^T P_t E_t the blocks.
    const Index d = shape.d;
    const Index square = shape.square();
    const ChainFactor<R> factor(shape, theta);
    Buffer<R> c(size());
    factor.moments(theta, c.data());
    Buffer<R> change(size());  // of the centred moments
    blocks::copy(size(), v, change.data());
    add_outer(shape, -1, v, static_cast<const R*>(c.data()), change.data());
    blocks::Scratch<R> work(7, d);
    R* pivot = work[0];
    R* noise = work[1];
    R* e = work[2];
    R* step = work[3];
    R* turn = work[4];
    R* here = work[5];
    R* later = work[6];
    Buffer<R> root(shape.packed());
    for (Index t = shape.n; t-- > 0;) {
      factor.pivot_block(theta, t, pivot);
      symmetric::unpack(d, change.data() + shape.diagonal(t), noise);
      if (t < shape.n - 1) {
        const R* cross = change.data() + shape.lower(t);
        factor.gain(t, e);
        symmetric::unpack(d, change.data() + shape.diagonal(t + 1), here);
        blocks::transpose(d, cross, step);
        blocks::add_product<Side::plain, Side::plain>(d, d, 1, e, here, step);
        blocks::add_product<Side::plain, Side::transposed>(d, d, 1, step, e, noise);
        blocks::add_product<Side::plain, Side::plain>(d, d, 1, e, cross, noise);
        blocks::copy(shape.packed(), c.data() + shape.diagonal(t + 1), root.data());
        R ignored = broadcast<R>(infinity<scalar_of<R>>);
        blocks::cholesky(d, root.data(), ignored);
        blocks::transpose(d, step, here);
        blocks::solve(d, d, root.data(), here);
        blocks::transpose(d, here, turn);  // -dE
      }
      blocks::product<Side::plain, Side::plain>(d, 1, pivot, noise, step);
      blocks::product<Side::plain, Side::plain>(d, -1, step, pivot, here);  // dP
      blocks::pack(d, here, root.data());
      if (t < shape.n - 1) {
        blocks::product<Side::plain, Side::plain>(d, 1, here, e, step);  // dC^T = dP E + P dE, and once more P dE
        blocks::add_product<Side::plain, Side::plain>(d, d, -1, pivot, turn, step);
        blocks::minus_transpose(d, step, out + shape.lower(t));
        blocks::add_product<Side::plain, Side::plain>(d, d, -1, pivot, turn, step);
        blocks::add_product<Side::transposed, Side::plain>(d, d, 1, e, step, later);
        put_precision(shape, t + 1, later, out);
      }
      blocks::copy(square, here, later);
    }
    put_precision(shape, 0, later, out);
    Buffer<R> first(shape.numbers());  // d(P m) = dP m + P dm
    blocks::zero(shape.numbers(), first.data());
    add_precision_times(shape, 1, static_cast<const R*>(out), static_cast<const R*>(c.data()), first.data());
    add_precision_times(shape, 1, theta, v, first.data());
    blocks::copy(shape.numbers(), first.data(), out);
  }
  template <class R>
  NATGRAD_CALLED R fisher_log_determinant(const R* theta) const {
    // nd log 2 - (2 d + 2) log det P + d sum_{0 < t < n-1} log det S_t (reference/markov_chain.py).
    using S = scalar_of<R>;
    const Index d = shape.d;
    const ChainFactor<R> factor(shape, theta);
    CompensatedSum<R> sum;
    sum.add(broadcast<R>(S(shape.numbers()) * S(log_two)));
    sum.add(S(shape.n == 1 ? -(d + 2) : -2 * (d + 1)) * factor.log_determinant());
    Buffer<R> c(size());
    Buffer<R> root(shape.packed());
    if (shape.n > 2) factor.moments(theta, c.data());
    for (Index t = 1; t < shape.n - 1; ++t) {
      R ignored = broadcast<R>(infinity<S>);
      blocks::copy(shape.packed(), c.data() + shape.diagonal(t), root.data());
      blocks::cholesky(d, root.data(), ignored);
      sum.add(S(d) * blocks::log_determinant(d, root.data()));
    }
    return sum.value();
  }

  template <class R, class Require>
  void support(const R* x, Require& require) const {
    for (Index k = 0; k < shape.numbers(); ++k) require(is_finite(x[k]), x[k], "x must be finite");
  }
  template <class R>
  void sufficient_statistics(const R* x, R* statistics) const {
    blocks::copy(shape.numbers(), x, statistics);
    blocks::zero(size() - shape.numbers(), statistics + shape.numbers());
    add_outer(shape, 1, x, x, statistics);
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
    Buffer<R> c(size());
    centred_from_standard(fields, c.data());
    from_centred<R>(c.data(), theta);
  }
  template <class R>
  void standard_from_natural(const R* theta, R* const* fields) const {
    Buffer<R> c(size());
    to_centred<R>(theta, c.data());
    blocks::copy(shape.numbers(), c.data(), fields[0]);
    for (Index t = 0; t < shape.n; ++t) {
      symmetric::unpack(shape.d, c.data() + shape.diagonal(t), fields[1] + t * shape.square());
    }
    blocks::copy((shape.n - 1) * shape.square(), c.data() + shape.lower(0), fields[2]);
  }

  template <class R>
  R step_to_boundary(const R* theta, const R* direction) const {
    const Index first = shape.numbers();  // P m takes no part
    Buffer<R> moved(size());
    return longest_step<R>(size() - first, direction + first, [&](R beta) {
      for (Index k = first; k < size(); ++k) moved[k] = theta[k] + beta * direction[k];
      return smallest_pivot_of_precision(moved.data()) > scalar_of<R>(0);
    });
  }
  template <class R>
  R mean_step_to_boundary(const R* mu, const R* direction) const {
    Buffer<R> moved(size());
    Buffer<R> c(size());
    return longest_step<R>(size(), direction, [&](R beta) {
      for (Index k = 0; k < size(); ++k) moved[k] = mu[k] + beta * direction[k];
      centre(moved.data(), c.data());
      return smallest_pivot(c.data()) > scalar_of<R>(0);
    });
  }

 private:
  template <class R>
  NATGRAD_CALLED static R largest_entry(Index count, const R* values) {
    return largest<R>(count, [&](auto j) { return abs(at(values, j)); });
  }
  template <class R>
  NATGRAD_CALLED R smallest_pivot_of_precision(const R* theta) const {
    return ChainFactor<R>(shape, theta).pivot();
  }
  template <class R>
  NATGRAD_CALLED R smallest_pivot(const R* c) const {
    return factorise<R>(shape, c, [](Index, const R*, R*) {});
  }
  template <class R>
  NATGRAD_CALLED void centre(const R* mu, R* c) const {
    blocks::copy(size(), mu, c);
    add_outer(shape, -1, mu, mu, c);
  }
  template <class R>
  NATGRAD_CALLED void centred_from_standard(const R* const* fields, R* c) const {
    Buffer<R> full(shape.square());
    blocks::copy(shape.numbers(), fields[0], c);
    for (Index t = 0; t < shape.n; ++t) {
      blocks::copy(shape.square(), fields[1] + t * shape.square(), full.data());
      blocks::pack(shape.d, full.data(), c + shape.diagonal(t));
    }
    blocks::copy((shape.n - 1) * shape.square(), fields[2], c + shape.lower(0));
  }

  /// |L_q^T (m_q - m_p)|^2, from the differences of the points or of the means, whichever have the smaller terms.
  template <class R>
  NATGRAD_CALLED R squared_pull(const R* theta_q, const ChainFactor<R>& q, const R* mean_p, const R* change) const {
    const Index n = shape.numbers();
    Buffer<R> turn(n);
    Buffer<R> mean(n);
    q.mean(theta_q, mean.data());
    blocks::zero(n, turn.data());
    add_precision_times(shape, -1, change, mean_p, turn.data());
    const R points = largest_entry(n, change) + largest_entry<R>(n, turn.data());
    const R means = largest_entry(n, mean_p) + largest_entry<R>(n, mean.data());
    R precision_size = broadcast<R>(0);
    for (Index k = shape.diagonal(0); k < shape.lower(0); ++k) precision_size = max(precision_size, abs(theta_q[k]));
    const mask_of<R> by_points = points < scalar_of<R>(2) * precision_size * means;
    for (Index k = 0; k < n; ++k) {
      turn[k] += change[k];
      mean[k] -= mean_p[k];
    }
    q.forward(turn.data());
    return select(by_points, dot<R>(n, turn.data(), turn.data()), q.turned_square(mean.data()));
  }
};

}  // namespace

FamilyEntry family_gauss_markov_chain() { return family_entry<GaussMarkovChain>(); }

}  // namespace natgrad
