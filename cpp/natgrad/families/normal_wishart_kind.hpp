#pragma once

#include "natgrad/base/schur.hpp"
#include "natgrad/families/wishart_kind.hpp"

namespace natgrad {

/// Joint priors of the mean Z (p x q) and the spread of a Normal (DeGroot 1970, Optimal Statistical Decisions, sections
/// 9.6 and 9.10; Dawid 1981, Some matrix-variate distribution theory). The precision W = X or X^-1 of the rows of Z has
/// a Wishart distribution of 2 a degrees of freedom and inverse scale N, and Z given W is matrix normal of mean M, row
/// precision W and column precision K: T = (log det X, packed W, W Z, packed Z^T W Z), theta = (sign a, packed
/// -(N + M K M^T) / 2, M K, packed -K / 2, off-diagonals of both doubled),
/// A = log Gamma_p(a) - a log det(N / 2) - p log det(K) / 2 + p q log(2 pi) / 2, h = det X^((sign q - p - 1) / 2),
/// centred mean [that of the Wishart's, M, packed p K^-1]. An event is Z^T over the rows of X.
struct NormalWishartKind {
  using kind = NormalWishartKind;
  static constexpr bool states_all = true;
  static constexpr Structure structure = Structure::matrix_free;
  static constexpr std::array parameters{Parameter{"dimension", true, 1}};
  static constexpr Index longest_row_across = 34 + symmetric::packed_size(32);

  /// Conditions on K and on p K^-1.
  struct Words {
    const char* scale = "precision_scale must be > 0";
    const char* spread = "d / precision_scale must be > 0";
  };

  /// The distribution of X alone, a point of which is (sign a, -N / 2).
  WishartKind marginal;
  Index columns = 1;
  Words words = {};
  /// Whether the standard parameters of X are a Gamma's, its shape and rate.
  bool of_gamma = false;

  Index p = marginal.d;
  Index q = columns;

  Index vector() const { return 1 + marginal.packed(); }  // where M K stands
  Index cells() const { return p * q; }
  Index last() const { return vector() + cells(); }  // where K stands
  Index packed() const { return marginal.packed(); }
  Index across() const { return symmetric::packed_size(q); }
  Index size() const { return last() + across(); }
  std::string coordinate(Index j) const {
    if (j >= last()) {
      if (q == 1) return "negative_half_precision_scale";
      const Index row = definite::row_of(j - last());
      const Index column = j - last() - symmetric::at(row, 0);
      return (row == column ? "negative_half_precision_scale" : "negative_precision_scale") + entry(row, column);
    }
    if (j >= vector()) {
      const Index k = j - vector();
      const bool one = p == 1 || q == 1;
      return "precision_scale_times_location" + (one ? entry(k, -1) : entry(k / q, k % q));
    }
    std::string name = marginal.coordinate(j);
    if (j > 0) name.insert(name.find('['), "_about_zero");
    return name;
  }
  static std::string entry(Index i, Index j) {
    std::string text = "[";
    text += std::to_string(i);
    if (j >= 0) text.append(",").append(std::to_string(j));
    return text += "]";
  }
  Shape event_shape() const { return {q + p, p}; }
  std::vector<Field> standard() const {
    return {{"location", {p}}, {"precision_scale", {}}, {"degrees_of_freedom", {}}, {"scale", {p, p}}};
  }

  template <class R, class Require>
  void natural_domain(const R* theta, Require& require) const {
    Point<R> at(*this, theta);
    require(at.pivot > scalar_of<R>(0), at.pivot, words.scale);
    marginal.natural_domain(static_cast<const R*>(at.w.data()), require);
  }
  template <class R, class Require>
  void mean_domain(const R* mu, Require& require) const {
    marginal.mean_domain(mu, require);
    Buffer<R, 64> spread(across());
    mean_parts(mu, spread.data(), static_cast<R*>(nullptr), static_cast<R*>(nullptr));
    definite_or(words.spread, spread.data(), require);
  }
  template <class R, class Require>
  void centred_domain(const R* c, Require& require) const {
    marginal.centred_domain(c, require);
    Buffer<R, 64> spread(across());
    WishartKind::copy(across(), c + last(), spread.data());
    definite_or(words.spread, spread.data(), require);
  }
  template <class R, class Require>
  void standard_domain(const R* const* fields, Require& require) const {
    Buffer<R, 64> k(across());
    definite::symmetrised(q, fields[1], k.data(), "precision_scale must be symmetric", require);
    definite_or(words.scale, k.data(), require);
    marginal.standard_domain(fields + 2, require);
  }
  template <class R, class Require>
  void support(const R* x, Require& require) const {
    for (Index j = 0; j < cells(); ++j) require(is_finite(x[j]), x[j], "x must have a finite mean");
    marginal.support(x + cells(), require);
  }

  template <class R>
  R log_partition(const R* theta) const {
    Point<R> at(*this, theta);
    return marginal.log_partition(static_cast<const R*>(at.w.data())) - log_scale(at.l.data());
  }
  template <class R>
  void to_mean(const R* theta, R* mu) const {
    Point<R> at(*this, theta);
    marginal.to_mean(static_cast<const R*>(at.w.data()), mu);
    times(mu + 1, at.m.data(), mu + vector());
    inverse_scale(at.l.data(), mu + last());
    for (Index i = 0; i < q; ++i) {
      for (Index j = 0; j <= i; ++j) mu[last() + symmetric::at(i, j)] += inner(at.m.data(), i, mu + vector(), j);
    }
  }
  template <class R>
  void to_centred(const R* theta, R* c) const {
    Point<R> at(*this, theta);
    marginal.to_centred(static_cast<const R*>(at.w.data()), c);
    WishartKind::copy(cells(), static_cast<const R*>(at.m.data()), c + vector());
    inverse_scale(at.l.data(), c + last());
  }
  template <class R>
  Iterations<R> from_centred(const R* c, R* theta) const {
    const Iterations<R> ended = marginal.from_centred(c, theta);
    join_spread(c + vector(), c + last(), theta);
    return ended;
  }
  template <class R>
  Iterations<R> to_natural(const R* mu, R* theta) const {
    Buffer<R, 64> spread(across());
    Buffer<R, 64> l(packed());
    Buffer<R, 64> m(cells());
    Buffer<R, 64> turned(cells());
    mean_parts(mu, spread.data(), l.data(), turned.data());
    for (Index i = 0; i < p; ++i) {
      for (Index j = 0; j < q; ++j) m[i * q + j] = turned[j * p + i];
    }
    const Iterations<R> ended = marginal.to_natural(mu, theta);
    join_spread(static_cast<const R*>(m.data()), static_cast<const R*>(spread.data()), theta);
    return ended;
  }
  template <class R>
  R dual_at(const R* theta) const {
    using S = scalar_of<R>;
    Buffer<R, 64> l(across());
    definite::from_natural_block(q, theta + last(), l.data());
    symmetric::cholesky<R>(q, l.data());
    return marginal.dual_at(theta) + (log_scale(l.data()) - S(0.5) * S(cells()));
  }
  template <class R>
  R kl_divergence(const R* theta_p, const R* theta_q) const {
    // That of the Wisharts, and of the Normals given W at E W = 2 a V: p (tr E - log det(I + E)) / 2 with
    // I + E = K_p^-1 K_q, and a tr(V D K_q D^T), D = M_q - M_p; D K_q as in NormalKind.
    using S = scalar_of<R>;
    Point<R> one(*this, theta_p, true);
    Point<R> two(*this, theta_q, true);
    Buffer<R, 64> pull(cells());
    this->pull(theta_p, theta_q, one, two, pull.data());
    Buffer<R, 64> n_p(packed());
    Buffer<R, 64> n_q(packed());
    definite::from_natural_block(p, one.w.data() + 1, n_p.data());
    definite::from_natural_block(p, two.w.data() + 1, n_q.data());
    for (Index k = 0; k < packed(); ++k) two.w_error[k] = two.w_error[k] - one.w_error[k];
    const R a = marginal.half_degrees(theta_p);
    const R wisharts = marginal.divergence(a, marginal.half_degrees(theta_q), n_p.data(), n_q.data(),
                                           static_cast<const R*>(two.w_error.data()));
    const R unit = broadcast<R>(1);
    const R ratio =
        WishartKind::ratio_spread<R>(q, unit, unit, one.k.data(), two.k.data(), static_cast<const R*>(nullptr));
    // By the factors that the divergences have left.
    for (Index i = 0; i < p; ++i) symmetric::lower_solve<R>(q, two.k.data(), pull.data() + i * q);
    Buffer<R> column(p);
    R square = broadcast<R>(0);
    for (Index j = 0; j < q; ++j) {
      for (Index i = 0; i < p; ++i) column[i] = pull[i * q + j];
      symmetric::lower_solve<R>(p, n_p.data(), column.data());
      square += dot<R>(p, column.data(), column.data());
    }
    return wisharts + (S(0.5) * S(p) * ratio + a * square);
  }

  // d(M K) = dM K + M dK and dN = d(N + M K M^T) - d(M K M^T); then d(E W) as in the Wishart,
  // d(E W M) = dE W M + E W dM and d(p K^-1 + M^T E W M).
  template <class R>
  NATGRAD_CALLED void fisher_multiply(const R* theta, const R* v, R* out) const {
    using S = scalar_of<R>;
    Point<R> at(*this, theta);
    Buffer<R, 64> dw(vector());
    Buffer<R, 64> dk(across());
    Buffer<R, 64> dm(cells());
    definite::from_natural_block(q, v + last(), dk.data());
    dw[0] = v[0];
    WishartKind::copy(packed(), v + 1, dw.data() + 1);
    turn(S(1), at.m.data(), v + vector(), dk.data(), dw.data() + 1);
    marginal.fisher_multiply(static_cast<const R*>(at.w.data()), static_cast<const R*>(dw.data()), out);
    // dE W M = 2 (a V B + da) V M with B = -dN: V M may be far smaller than V.
    const R a = marginal.half_degrees(theta);
    const R da = marginal.half_degrees(v);
    Buffer<R, 64> l(packed());
    Buffer<R, 64> b(packed());
    marginal.factor(static_cast<const R*>(at.w.data()), l.data());
    definite::from_natural_block(p, dw.data() + 1, b.data());
    for (Index n = 0; n < packed(); ++n) b[n] = -b[n];
    Buffer<R, 64> vm(cells());
    Buffer<R, 64> change(cells());
    WishartKind::copy(cells(), static_cast<const R*>(at.m.data()), vm.data());
    solve_columns(l.data(), vm.data());
    times(b.data(), vm.data(), change.data());
    times_columns(at.m.data(), dk.data(), dm.data());
    for (Index j = 0; j < cells(); ++j) dm[j] = v[vector() + j] - dm[j];
    for (Index i = 0; i < p; ++i) symmetric::solve<R>(q, at.l.data(), dm.data() + i * q);
    Buffer<R, 64> own(across());
    inverse_scale_change(at.l.data(), dk.data(), own.data());
    for (Index i = 0; i < q; ++i) {
      for (Index j = 0; j <= i; ++j) {
        const R moved = inner(vm.data(), i, change.data(), j) +
                        (inner(vm.data(), i, dm.data(), j) + inner(dm.data(), i, vm.data(), j));
        const R turned = S(2) * (a * moved + da * inner(at.m.data(), i, vm.data(), j));
        out[last() + symmetric::at(i, j)] = turned - own[symmetric::at(i, j)];
      }
    }
    for (Index j = 0; j < cells(); ++j) change[j] += dm[j];
    solve_columns(l.data(), change.data());
    for (Index j = 0; j < cells(); ++j) out[vector() + j] = S(2) * (a * change[j] + da * vm[j]);
  }
  template <class R>
  void fisher_dense(const R* theta, R* out) const {
    const Index n = size();
    Buffer<R, 64> unit(n);
    for (Index j = 0; j < n; ++j) unit[j] = broadcast<R>(0);
    Buffer<R, 64> column(n);
    for (Index j = 0; j < n; ++j) {
      unit[j] = broadcast<R>(1);
      fisher_multiply(theta, static_cast<const R*>(unit.data()), column.data());
      unit[j] = broadcast<R>(0);
      for (Index i = j; i < n; ++i) out[i * n + j] = out[j * n + i] = column[i];
    }
  }
  template <class R>
  NATGRAD_CALLED void fisher_solve(const R* theta, const R* v, R* out) const {
    // The inverse of fisher_multiply: dM = (E W)^-1 (v_3 - dE W M), dK from what is left of v_4.
    using S = scalar_of<R>;
    Point<R> at(*this, theta);
    const R a = marginal.half_degrees(theta);
    marginal.fisher_solve(static_cast<const R*>(at.w.data()), v, out);
    Buffer<R, 64> rest(cells());
    times(v + 1, at.m.data(), rest.data());
    for (Index j = 0; j < cells(); ++j) rest[j] = v[vector() + j] - rest[j];
    Buffer<R, 64> left(across());
    for (Index i = 0; i < q; ++i) {
      for (Index j = 0; j <= i; ++j) {
        const R seen = inner(at.m.data(), i, v + vector(), j) + inner(rest.data(), i, at.m.data(), j);
        left[symmetric::at(i, j)] = v[last() + symmetric::at(i, j)] - seen;
      }
    }
    Buffer<R, 64> dk(across());
    symmetric::sandwich<R>(q, at.k.data(), left.data(), dk.data());
    for (Index k = 0; k < across(); ++k) out[last() + k] = dk[k] = -dk[k] / S(p);
    definite::to_natural_block(q, out + last());
    Buffer<R, 64> n(packed());
    Buffer<R, 64> dm(cells());
    definite::from_natural_block(p, at.w.data() + 1, n.data());
    times(n.data(), rest.data(), dm.data());
    for (Index j = 0; j < cells(); ++j) dm[j] = dm[j] / (S(2) * a);
    R* first = out + vector();
    times_columns(dm.data(), at.k.data(), first);
    times_columns(at.m.data(), dk.data(), rest.data());
    for (Index j = 0; j < cells(); ++j) first[j] += rest[j];
    turn(S(-1), at.m.data(), static_cast<const R*>(first), dk.data(), out + 1);
  }
  template <class R>
  R fisher_log_determinant(const R* theta) const {
    // In (theta of the Wishart, M K, -K / 2), a shear away, F has three blocks: that of the Wishart, of determinant
    // (2 a)^(p q) det N^-q det K^-p, and as of a Wishart's scale p^(q (q + 1) / 2) 2^q det K^-(q + 1).
    using S = scalar_of<R>;
    Point<R> at(*this, theta);
    Buffer<R, 64> l(packed());
    marginal.factor(static_cast<const R*>(at.w.data()), l.data());
    const R own = S(cells()) * log(S(2) * marginal.half_degrees(theta)) + S(across()) * log(broadcast<R>(S(p))) +
                  S(q) * S(log_two);
    const R logs = S(q) * symmetric::log_determinant<R>(p, l.data()) +
                   S(q + 1 + p) * symmetric::log_determinant<R>(q, at.l.data());
    return marginal.fisher_log_determinant(static_cast<const R*>(at.w.data())) + (own - logs);
  }

  template <class R>
  void sufficient_statistics(const R* x, R* statistics) const {
    marginal.sufficient_statistics(x + cells(), statistics);
    Buffer<R, 64> z(cells());
    from_event(x, z.data());
    times(statistics + 1, z.data(), statistics + vector());
    for (Index i = 0; i < q; ++i) {
      for (Index j = 0; j <= i; ++j) {
        statistics[last() + symmetric::at(i, j)] = inner(z.data(), i, statistics + vector(), j);
      }
    }
  }
  template <class R>
  R log_base_measure(const R* x) const {
    Buffer<R, 64> statistics(vector());
    marginal.sufficient_statistics(x + cells(), statistics.data());
    return scalar_of<R>(power()) * statistics[0];
  }
  template <class R>
  R expected_log_base_measure(const R* theta) const {
    Point<R> at(*this, theta);
    return scalar_of<R>(power()) * marginal.expected_log_determinant(static_cast<const R*>(at.w.data()));
  }
  template <class R>
  R log_density(const R* theta, const R* x) const {
    // The density of X, and of Z given W: nothing of theta or T that is large because Z is far from the origin.
    using S = scalar_of<R>;
    Point<R> at(*this, theta);
    Buffer<R, 64> statistics(vector());
    marginal.sufficient_statistics(x + cells(), statistics.data());
    Buffer<R, 64> distance(cells());
    Buffer<R, 64> turned(cells());
    from_event(x, distance.data());
    for (Index j = 0; j < cells(); ++j) distance[j] = distance[j] - at.m[j];
    times(statistics.data() + 1, distance.data(), turned.data());
    Buffer<R, 64> scaled(cells());
    times_columns(distance.data(), at.k.data(), scaled.data());
    const R square = dot<R>(cells(), scaled.data(), turned.data());
    const R matrix = dot<R>(vector(), at.w.data(), statistics.data()) + S(power()) * statistics[0];
    return (matrix - marginal.log_partition(static_cast<const R*>(at.w.data()))) +
           (log_scale(at.l.data()) - S(0.5) * square);
  }

  template <class R>
  void natural_from_standard(const R* const* fields, R* theta) const {
    if (of_gamma) {
      theta[0] = fields[2][0];
      theta[1] = -fields[3][0];
    } else {
      marginal.natural_from_standard(fields + 2, theta);
    }
    Buffer<R, 64> k(across());
    for (Index i = 0; i < q; ++i) {
      for (Index j = 0; j <= i; ++j) {
        k[symmetric::at(i, j)] = scalar_of<R>(0.5) * (fields[1][i * q + j] + fields[1][j * q + i]);
      }
    }
    join(fields[0], static_cast<const R*>(k.data()), theta);
  }
  template <class R>
  void standard_from_natural(const R* theta, R* const* fields) const {
    Point<R> at(*this, theta);
    if (of_gamma) {
      fields[2][0] = at.w[0];
      fields[3][0] = -at.w[1];
    } else {
      marginal.standard_from_natural(static_cast<const R*>(at.w.data()), fields + 2);
    }
    WishartKind::copy(cells(), static_cast<const R*>(at.m.data()), fields[0]);
    for (Index i = 0; i < q; ++i) {
      for (Index j = 0; j < q; ++j) fields[1][i * q + j] = at.k[symmetric::either(i, j)];
    }
  }
  template <class R>
  R step_to_boundary(const R* theta, const R* direction) const {
    const auto step = [&](const auto* point, const auto* along) {
      return definite::step_in_two(size(), point, along, [&](const auto* from) { return step_in_cone(from, along); });
    };
    const R cone = definite::in_double(size(), theta, direction, step);
    return min(step_to_zero(marginal.excess(marginal.half_degrees(theta)), marginal.half_degrees(direction)), cone);
  }
  template <class R>
  R mean_step_to_boundary(const R* mu, const R* direction) const {
    const auto step = [&](const auto* point, const auto* along) {
      return definite::step_in_two(size(), point, along,
                                   [&](const auto* from) { return step_in_mean_cone(from, along); });
    };
    const R cone = definite::in_double(size(), mu, direction, step);
    return min(marginal.mean_step_to_boundary(mu, direction), cone);
  }

  /// In the cone [[K, K M^T], [M K, N + M K M^T]] > 0, whose Schur complement is N.
  template <class R>
  NATGRAD_CALLED R step_in_cone(const R* theta, const R* direction) const {
    Point<R> at(*this, theta);
    Buffer<R, 64> n(packed());
    marginal.factor(static_cast<const R*>(at.w.data()), n.data());
    Buffer<R, 64> dn(packed());
    Buffer<R, 64> dk(across());
    definite::from_natural_block(p, direction + 1, dn.data());
    definite::from_natural_block(q, direction + last(), dk.data());
    const auto theirs = [&](const R* rows, Index i, Index j) { return rows[vector() + i * q + j]; };
    return step_in_bordered(
        q, p, at.l.data(), n.data(), dk.data(), dn.data(), [&](Index i, Index j) { return theirs(theta, i, j); },
        [&](Index i, Index j) { return theirs(direction, i, j); });
  }

  /// In the cone [[E W, E W Z], [., E Z^T W Z]] > 0.
  template <class R>
  NATGRAD_CALLED R step_in_mean_cone(const R* mu, const R* direction) const {
    Buffer<R, 64> spread(across());
    Buffer<R, 64> l(packed());
    mean_parts(mu, spread.data(), l.data(), static_cast<R*>(nullptr));
    symmetric::cholesky<R>(q, spread.data());
    const auto theirs = [&](const R* rows, Index i, Index j) { return rows[vector() + j * q + i]; };
    return step_in_bordered(
        p, q, l.data(), spread.data(), direction + 1, direction + last(),
        [&](Index i, Index j) { return theirs(mu, i, j); }, [&](Index i, Index j) { return theirs(direction, i, j); });
  }

  /// In the cone [[A, B^T], [B, C]] > 0, A n x n of the factor l, with the factor `rest` of its Schur complement
  /// (r x r), along [[da, db^T], [db, dc]].
  template <class R, class Entry, class Change>
  static R step_in_bordered(Index n, Index r, const R* l, const R* rest, const R* da, const R* dc, const Entry& b,
                            const Change& db) {
    const Index top = symmetric::packed_size(n);
    Buffer<R, 64> whole(symmetric::packed_size(n + r));
    Buffer<R, 64> step(symmetric::packed_size(n + r));
    WishartKind::copy(top, l, whole.data());
    WishartKind::copy(top, da, step.data());
    for (Index i = 0; i < r; ++i) {
      R* row = whole.data() + symmetric::at(n + i, 0);
      R* change = step.data() + symmetric::at(n + i, 0);
      for (Index j = 0; j < n; ++j) {
        row[j] = b(i, j);
        change[j] = db(i, j);
      }
      symmetric::lower_solve<R>(n, l, row);
      WishartKind::copy(i + 1, rest + symmetric::at(i, 0), row + n);
      WishartKind::copy(i + 1, dc + symmetric::at(i, 0), change + n);
    }
    return definite::step_in_cone<R>(n + r, whole.data(), step.data());
  }

  /// A point taken apart: w is theta of X alone, m is M, k is K and l its factor, whose smallest pivot tells whether it
  /// is positive definite; with `errors` also what N and M have lost.
  template <class R>
  struct Point {
    Buffer<R, 64> w, m, k, l, w_error, m_error;
    R pivot;

    Point(const NormalWishartKind& f, const R* theta, bool errors = false)
        : w(f.vector()),
          m(f.cells()),
          k(f.across()),
          l(f.across()),
          w_error(errors ? f.packed() : 0),
          m_error(errors ? f.cells() : 0) {
      pivot = f.split(theta, w.data(), m.data(), k.data(), l.data(), errors ? w_error.data() : nullptr,
                      errors ? m_error.data() : nullptr);
    }
  };
  template <class R>
  NATGRAD_CALLED R split(const R* theta, R* w, R* m, R* k, R* l, R* w_error, R* m_error) const {
    definite::from_natural_block(q, theta + last(), k);
    WishartKind::copy(across(), static_cast<const R*>(k), l);
    const R pivot = symmetric::cholesky<R>(q, l);
    w[0] = theta[0];
    definite::from_natural_block(p, theta + 1, w + 1);
    symmetric::schur_complement<R>(p, q, theta + vector(), k, l, w + 1, w_error, m, m_error);
    definite::to_natural_block(p, w + 1);
    return pivot;
  }
  /// spread <- p K^-1 = E Z^T W Z - E (W Z)^T (E W)^-1 E W Z; l <- the factor of E W and turned <- M^T, unless null.
  template <class R>
  NATGRAD_CALLED void mean_parts(const R* mu, R* spread, R* l, R* turned) const {
    Buffer<R, 64> factor(packed());
    Buffer<R, 64> rows(cells());
    Buffer<R, 64> location(cells());
    if (l == nullptr) l = factor.data();
    if (turned == nullptr) turned = location.data();
    WishartKind::copy(packed(), mu + 1, l);
    symmetric::cholesky<R>(p, l);
    for (Index i = 0; i < p; ++i) {
      for (Index j = 0; j < q; ++j) rows[j * p + i] = mu[vector() + i * q + j];
    }
    WishartKind::copy(across(), mu + last(), spread);
    symmetric::schur_complement<R>(q, p, rows.data(), mu + 1, l, spread, static_cast<R*>(nullptr), turned,
                                   static_cast<R*>(nullptr));
  }
  /// theta <- that of X alone, which it holds, with M and K.
  template <class R>
  void join(const R* m, const R* k, R* theta) const {
    R* first = theta + vector();
    times_columns(m, k, first);
    for (Index i = 0, n = 1; i < p; ++i) {
      for (Index j = 0; j <= i; ++j, ++n) {
        theta[n] = theta[n] - scalar_of<R>(i == j ? 0.5 : 1) * dot<R>(q, first + i * q, m + j * q);
      }
    }
    WishartKind::copy(across(), k, theta + last());
    definite::to_natural_block(q, theta + last());
  }
  /// The same with p K^-1 for K.
  template <class R>
  NATGRAD_CALLED void join_spread(const R* m, const R* spread, R* theta) const {
    Buffer<R, 64> l(across());
    Buffer<R, 64> k(across());
    WishartKind::copy(across(), spread, l.data());
    symmetric::cholesky<R>(q, l.data());
    inverse_scale(l.data(), k.data());
    join(m, static_cast<const R*>(k.data()), theta);
  }
  /// D K_q, D = M_q - M_p: as (M K)_q - (M K)_p - M_p (K_q - K_p) where that has the smaller terms.
  template <class R>
  NATGRAD_CALLED void pull(const R* theta_p, const R* theta_q, Point<R>& one, Point<R>& two, R* out) const {
    for (Index i = 0; i < p; ++i) {
      for (Index j = 0; j < q; ++j) {
        const Index at = i * q + j;
        R points = theta_q[vector() + at] - theta_p[vector() + at];
        R error = broadcast<R>(0);
        R size = abs(points);
        R means = broadcast<R>(0);
        R other = means;
        for (Index s = 0; s < q; ++s) {
          const R m_p = one.m[i * q + s];
          const R m_q = two.m[i * q + s];
          const R k = two.k[symmetric::either(s, j)];
          const R step = k - one.k[symmetric::either(s, j)];
          subtract_product(m_p, step, points, error);
          error -= one.m_error[i * q + s] * step;
          size += abs(m_p * step);
          means += k * (m_q - m_p);
          other += abs(k) * (abs(m_p) + abs(m_q));
        }
        const R value = points + error;
        out[at] = select((size < other) & is_finite(value), value, means);
      }
    }
  }

  /// log h over log det X.
  double power() const { return 0.5 * (marginal.sign * static_cast<double>(q) - static_cast<double>(p + 1)); }
  /// p log det(K) / 2 - p q log(2 pi) / 2.
  template <class R>
  R log_scale(const R* l) const {
    using S = scalar_of<R>;
    return S(p) * (S(0.5) * symmetric::log_determinant<R>(q, l) - S(q) * half_log_two_pi<S>);
  }
  /// out <- p K^-1, or K of the factor of p K^-1.
  template <class R>
  void inverse_scale(const R* l, R* out) const {
    symmetric::inverse<R>(q, l, out);
    for (Index k = 0; k < across(); ++k) out[k] = scalar_of<R>(p) * out[k];
  }
  /// out <- p K^-1 dK K^-1.
  template <class R>
  void inverse_scale_change(const R* l, const R* dk, R* out) const {
    Buffer<R, 64> inverse(across());
    symmetric::inverse<R>(q, l, inverse.data());
    symmetric::sandwich<R>(q, inverse.data(), dk, out);
    for (Index k = 0; k < across(); ++k) out[k] = scalar_of<R>(p) * out[k];
  }
  /// block += sign times the change of M K M^T, as natural coordinates of 1/2 of it, for changes of M K and K.
  template <class R>
  NATGRAD_CALLED void turn(scalar_of<R> sign, const R* m, const R* first, const R* dk, R* block) const {
    using S = scalar_of<R>;
    Buffer<R, 64> mdk(cells());
    times_columns(m, dk, mdk.data());
    for (Index i = 0, n = 0; i < p; ++i) {
      for (Index j = 0; j <= i; ++j, ++n) {
        R change = broadcast<R>(0);
        for (Index s = 0; s < q; ++s) {
          const R across = first[i * q + s] * m[j * q + s] + m[i * q + s] * first[j * q + s];
          change += across - mdk[i * q + s] * m[j * q + s];
        }
        block[n] = block[n] + sign * S(i == j ? 0.5 : 1) * change;
      }
    }
  }
  /// out (p x q) <- A B, A symmetric, p x p, packed.
  template <class R>
  void times(const R* a, const R* b, R* out) const {
    for (Index i = 0; i < p; ++i) {
      for (Index j = 0; j < q; ++j) {
        R sum = broadcast<R>(0);
        for (Index s = 0; s < p; ++s) sum += a[symmetric::either(i, s)] * b[s * q + j];
        out[i * q + j] = sum;
      }
    }
  }
  /// out (p x q) <- B A, A symmetric, q x q, packed.
  template <class R>
  void times_columns(const R* b, const R* a, R* out) const {
    for (Index i = 0; i < p; ++i) symmetric::multiply<R>(q, a, b + i * q, out + i * q);
  }
  /// b (p x q) <- (L L^T)^-1 b.
  template <class R>
  void solve_columns(const R* l, R* b) const {
    Buffer<R> column(p);
    for (Index j = 0; j < q; ++j) {
      for (Index i = 0; i < p; ++i) column[i] = b[i * q + j];
      symmetric::solve<R>(p, l, column.data());
      for (Index i = 0; i < p; ++i) b[i * q + j] = column[i];
    }
  }
  /// (A^T B)_ij.
  template <class R>
  R inner(const R* a, Index i, const R* b, Index j) const {
    R sum = broadcast<R>(0);
    for (Index s = 0; s < p; ++s) sum += a[s * q + i] * b[s * q + j];
    return sum;
  }
  /// z <- Z.
  template <class R>
  void from_event(const R* x, R* z) const {
    for (Index i = 0; i < p; ++i) {
      for (Index j = 0; j < q; ++j) z[i * q + j] = x[j * p + i];
    }
  }
  template <class R, class Require>
  void definite_or(const char* text, R* matrix, Require& require) const {
    const R pivot = symmetric::cholesky<R>(q, matrix);
    require(pivot > scalar_of<R>(0), pivot, text);
  }
};

}  // namespace natgrad
