#pragma once

#include "natgrad/base/blocks.hpp"
#include "natgrad/base/coordinates.hpp"

namespace natgrad {

// Gaussian Markov chains of n states in R^d: the precision P is block tridiagonal, with D_t = P_tt and C_t = P_{t+1,t}.
// P = L L^T has the diagonal blocks L_t and below them B_t = C_t L_t^-T; the pivot P_t = L_t L_t^T is the precision of
// x_t given x_{t+1}, whose mean is m_t - E_t (x_{t+1} - m_{t+1}) with E_t = P_t^-1 C_t^T. Each function takes time
// linear in n; reference/markov_chain.py says more and cites the sources.

using blocks::Side;

/// Where the coordinates of a chain stand: vectors, then packed diagonal blocks, then the blocks below them.
struct ChainShape {
  Index n, d;

  Index packed() const { return symmetric::packed_size(d); }
  Index square() const { return d * d; }
  Index numbers() const { return n * d; }
  Index diagonal(Index t) const { return n * d + t * packed(); }
  Index lower(Index t) const { return n * (d + packed()) + t * square(); }
  Index size() const { return lower(n - 1); }
};

/// D_t, full, and C_t from natural coordinates, or what is to be theirs.
template <class R>
NATGRAD_CALLED void precision_block(const ChainShape& at, const R* theta, Index t, R* full) {
  using S = scalar_of<R>;
  const R* packed = theta + at.diagonal(t);
  for (Index i = 0; i < at.d; ++i) {
    for (Index j = 0; j <= i; ++j) {
      full[i * at.d + j] = full[j * at.d + i] = S(i == j ? -2 : -1) * packed[symmetric::at(i, j)];
    }
  }
}
template <class R>
NATGRAD_CALLED void lower_block(const ChainShape& at, const R* theta, Index t, R* full) {
  for (Index k = 0; k < at.square(); ++k) full[k] = -theta[at.lower(t) + k];
}
/// The reverse.
template <class R>
NATGRAD_CALLED void put_precision(const ChainShape& at, Index t, const R* full, R* theta) {
  using S = scalar_of<R>;
  for (Index i = 0; i < at.d; ++i) {
    for (Index j = 0; j < i; ++j) {
      theta[at.diagonal(t) + symmetric::at(i, j)] = S(-0.5) * (full[i * at.d + j] + full[j * at.d + i]);
    }
    theta[at.diagonal(t) + symmetric::at(i, i)] = S(-0.5) * full[i * at.d + i];
  }
}

/// y += sign P x, P in natural coordinates.
template <class R>
NATGRAD_CALLED void add_precision_times(const ChainShape& at, int sign, const R* theta, const R* x, R* y) {
  Buffer<R> block(at.square());
  for (Index t = 0; t < at.n; ++t) {
    precision_block(at, theta, t, block.data());
    blocks::add_product<Side::plain, Side::plain>(at.d, 1, sign, block.data(), x + t * at.d, y + t * at.d);
    if (t == at.n - 1) break;
    const R* minus = theta + at.lower(t);
    blocks::add_product<Side::plain, Side::plain>(at.d, 1, -sign, minus, x + t * at.d, y + (t + 1) * at.d);
    blocks::add_product<Side::transposed, Side::plain>(at.d, 1, -sign, minus, x + (t + 1) * at.d, y + t * at.d);
  }
}

/// The block Cholesky factor of the precision.
template <class R>
class ChainFactor {
 public:
  NATGRAD_CALLED ChainFactor(const ChainShape& shape, const R* theta)
      : at_(shape), own_(shape.n * shape.packed()), links_(shape.n * shape.square()) {
    const Index d = at_.d;
    Buffer<R> block(at_.square());
    for (Index t = 0; t < at_.n; ++t) {
      precision_block(at_, theta, t, block.data());
      if (t > 0) {
        blocks::add_product<Side::transposed, Side::plain>(d, d, -1, link(t - 1), link(t - 1), block.data());
      }
      R* own = own_.data() + t * at_.packed();
      blocks::pack(d, block.data(), own);
      blocks::cholesky(d, own, pivot_);
      if (t == at_.n - 1) break;
      lower_block(at_, theta, t, block.data());
      R* below = links_.data() + t * at_.square();
      blocks::transpose(d, block.data(), below);
      blocks::lower_solve(d, d, own, below);
    }
  }

  R pivot() const { return pivot_; }
  /// L_t and B_t^T.
  const R* own(Index t) const { return own_.data() + t * at_.packed(); }
  const R* link(Index t) const { return links_.data() + t * at_.square(); }
  NATGRAD_CALLED void gain(Index t, R* e) const {
    blocks::copy(at_.square(), link(t), e);
    blocks::upper_solve(at_.d, at_.d, own(t), e);
  }
  /// P_t, full.
  NATGRAD_CALLED void pivot_block(const R* theta, Index t, R* full) const {
    precision_block(at_, theta, t, full);
    if (t == 0) return;
    blocks::add_product<Side::transposed, Side::plain>(at_.d, at_.d, -1, link(t - 1), link(t - 1), full);
  }

  /// v <- L^-1 v.
  NATGRAD_CALLED void forward(R* v) const {
    for (Index t = 0; t < at_.n; ++t) {
      R* here = v + t * at_.d;
      if (t > 0) {
        blocks::add_product<Side::transposed, Side::plain>(at_.d, 1, -1, link(t - 1), here - at_.d, here);
      }
      blocks::lower_solve(at_.d, 1, own(t), here);
    }
  }
  /// v <- L^-T v.
  NATGRAD_CALLED void backward(R* v) const {
    for (Index t = at_.n; t-- > 0;) {
      R* here = v + t * at_.d;
      if (t < at_.n - 1) {
        blocks::add_product<Side::plain, Side::plain>(at_.d, 1, -1, link(t), here + at_.d, here);
      }
      blocks::upper_solve(at_.d, 1, own(t), here);
    }
  }
  /// v <- P^-1 v.
  void solve(R* v) const {
    forward(v);
    backward(v);
  }
  NATGRAD_CALLED void mean(const R* theta, R* m) const {
    blocks::copy(at_.numbers(), theta, m);
    solve(m);
  }
  /// |L^T v|^2.
  NATGRAD_CALLED R turned_square(const R* v) const {
    CompensatedSum<R> sum;
    Buffer<R> turned(at_.d);
    for (Index t = 0; t < at_.n; ++t) {
      const R* here = v + t * at_.d;
      for (Index j = 0; j < at_.d; ++j) {
        turned[j] = here[j] / own(t)[symmetric::at(j, j)];
        for (Index i = j + 1; i < at_.d; ++i) turned[j] += own(t)[symmetric::at(i, j)] * here[i];
      }
      if (t < at_.n - 1) {
        blocks::add_product<Side::plain, Side::plain>(at_.d, 1, 1, link(t), here + at_.d, turned.data());
      }
      for (Index j = 0; j < at_.d; ++j) sum.add(turned[j] * turned[j]);
    }
    return sum.value();
  }
  NATGRAD_CALLED R log_determinant() const {
    CompensatedSum<R> sum;
    for (Index t = 0; t < at_.n; ++t) sum.add(blocks::log_determinant(at_.d, own(t)));
    return sum.value();
  }

  /// m_t, S_t and X_t = Cov(x_{t+1}, x_t): S_t = L_t^-T (I + B_t^T S_{t+1} B_t) L_t^-1, X_t = -S_{t+1} E_t^T,
  /// backwards.
  NATGRAD_CALLED void moments(const R* theta, R* c) const {
    const Index d = at_.d;
    blocks::Scratch<R> work(3, d);
    R* next = work[0];
    R* spread = work[1];
    R* here = work[2];
    mean(theta, c);
    for (Index t = at_.n; t-- > 0;) {
      blocks::identity(d, here);
      if (t < at_.n - 1) {
        blocks::product<Side::plain, Side::plain>(d, 1, link(t), next, spread);
        blocks::add_product<Side::plain, Side::transposed>(d, d, 1, spread, link(t), here);
        blocks::upper_solve(d, d, own(t), spread);
        blocks::minus_transpose(d, spread, c + at_.lower(t));
      }
      blocks::unwhiten(d, own(t), here, spread);
      blocks::pack(d, here, c + at_.diagonal(t));
      blocks::copy(at_.square(), here, next);
    }
  }

 private:
  ChainShape at_;
  R pivot_ = broadcast<R>(infinity<scalar_of<R>>);
  Buffer<R> own_, links_;
};

/// The changes dP_t of the pivots and Y_t = dC_t^T - dP_t E_t for a change of theta: first-order ones, where Y_t = P_t
/// dE_t; or with the factor of the changed matrix the whole ones, where Y_t is the changed pivot times that of E_t.
template <class R>
class PivotChanges {
 public:
  NATGRAD_CALLED PivotChanges(const ChainShape& at, const ChainFactor<R>& f, const R* change,
                              const ChainFactor<R>* other)
      : square_(at.square()), pivots_(at.n * at.square()), pulls_(at.n * at.square()) {
    const Index d = at.d;
    blocks::Scratch<R> work(3, d);
    R* e = work[0];
    R* lower = work[1];
    R* fall = work[2];
    Buffer<R> scratch(at.packed());
    for (Index t = 0; t < at.n; ++t) {
      R* own = pivots_.data() + t * square_;
      precision_block(at, change, t, own);
      if (t > 0) {  // dC E + E^T dC^T - E^T dP E = dC E + E^T Y
        for (Index k = 0; k < square_; ++k) own[k] -= fall[k];
        blocks::pack(d, own, scratch.data());
      }
      if (t == at.n - 1) break;
      f.gain(t, e);
      lower_block(at, change, t, lower);
      R* pull = pulls_.data() + t * square_;
      blocks::transpose(d, lower, pull);
      blocks::add_product<Side::plain, Side::plain>(d, d, -1, own, e, pull);
      blocks::product<Side::plain, Side::plain>(d, 1, lower, e, fall);
      blocks::add_product<Side::transposed, Side::plain>(d, d, 1, e, pull, fall);
      if (other == nullptr) continue;
      blocks::copy(square_, pull, e);
      blocks::lower_solve(d, d, other->own(t), e);
      blocks::add_product<Side::transposed, Side::plain>(d, d, 1, e, e, fall);
    }
  }
  const R* pivot(Index t) const { return pivots_.data() + t * square_; }
  const R* pull(Index t) const { return pulls_.data() + t * square_; }

 private:
  Index square_;
  Buffer<R> pivots_, pulls_;
};

/// The Markov factorisation of centred moments: visit(t, noise, A) for p(x_0) and p(x_t | x_{t-1}), with the Cholesky
/// factor of the covariance and A = X_{t-1} S_{t-1}^-1, null at t = 0. Returns the smallest pivot.
template <class R, class Visit>
R factorise(const ChainShape& at, const R* c, const Visit& visit) {
  const Index d = at.d;
  R smallest = broadcast<R>(infinity<scalar_of<R>>);
  R ignored = smallest;
  Buffer<R> noise(at.packed());
  Buffer<R> state(at.packed());
  blocks::Scratch<R> work(2, d);
  R* half = work[0];
  R* full = work[1];
  for (Index t = 0; t < at.n; ++t) {
    symmetric::unpack(d, c + at.diagonal(t), full);
    if (t > 0) {
      blocks::transpose(d, c + at.lower(t - 1), half);
      blocks::lower_solve(d, d, state.data(), half);
      blocks::add_product<Side::transposed, Side::plain>(d, d, -1, half, half, full);
    }
    blocks::pack(d, full, noise.data());
    blocks::cholesky(d, noise.data(), smallest);
    if (t > 0) {
      blocks::upper_solve(d, d, state.data(), half);
      blocks::transpose(d, half, full);
    }
    visit(t, static_cast<const R*>(noise.data()), t > 0 ? full : nullptr);
    blocks::copy(at.packed(), c + at.diagonal(t), state.data());
    blocks::cholesky(d, state.data(), ignored);
  }
  return smallest;
}

/// (m, S_t, X_t) <- (m, E x_t x_t^T, E x_{t+1} x_t^T) with sign -1, or the reverse with 1: adds sign a b^T, and b a^T
/// where they differ, to the blocks of `c`.
template <class R>
NATGRAD_CALLED void add_outer(const ChainShape& at, int sign, const R* a, const R* b, R* c) {
  using S = scalar_of<R>;
  const bool both = a != b;
  for (Index t = 0; t < at.n; ++t) {
    const R* a_t = a + t * at.d;
    const R* b_t = b + t * at.d;
    for (Index i = 0; i < at.d; ++i) {
      for (Index j = 0; j <= i; ++j) {
        R& entry = c[at.diagonal(t) + symmetric::at(i, j)];
        entry += S(sign) * (a_t[i] * b_t[j]);
        if (both) entry += S(sign) * (b_t[i] * a_t[j]);
      }
      for (Index j = 0; t > 0 && j < at.d; ++j) {
        R& entry = c[at.lower(t - 1) + i * at.d + j];
        entry += S(sign) * (a_t[i] * b_t[j - at.d]);
        if (both) entry += S(sign) * (b_t[i] * a_t[j - at.d]);
      }
    }
  }
}

/// The largest beta with inside(beta), to the last bit: bisection of the floats between 0, which is inside, and all.
/// As exact as the test is, whose backward error is that of the floats passed in.
template <class R, class Test>
NATGRAD_CALLED R longest_step(Index n, const R* direction, const Test& inside) {
  using S = scalar_of<R>;
  constexpr S most = std::numeric_limits<S>::max();
  const R size = largest<R>(n, [&](auto j) { return abs(at(direction, j)); });
  const R limit = min(most / (S(8) * size), broadcast<R>(most));
  const mask_of<R> endless = inside(limit);
  word_of<R> low = to_bits(broadcast<R>(0));
  word_of<R> high = to_bits(limit);
  for (int step = 0; step < 8 * static_cast<int>(sizeof(S)) - 1; ++step) {
    const word_of<R> middle = low + ((high - low) >> 1);
    const mask_of<R> good = inside(from_bits<R>(middle));
    low = good ? middle : low;
    high = good ? high : middle;
  }
  return select(endless, broadcast<R>(infinity<S>), from_bits<R>(low));
}

}  // namespace natgrad
