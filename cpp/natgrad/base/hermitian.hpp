#pragma once

#include "natgrad/base/bits.hpp"
#include "natgrad/base/buffer.hpp"
#include "natgrad/base/symmetric.hpp"

namespace natgrad::hermitian {

// Hermitian matrices as packed lower triangles, row by row: (i, j) with j < i stands as real and imaginary part at
// i^2 + 2 j, the real diagonal at i^2 + 2 i. Vectors are real and imaginary parts in turn. On packs each lane is a
// matrix of its own, in complex arithmetic; on scalars one matrix is worked as its real form, symmetric of twice the
// order with a + i b as [[a, -b], [b, a]], whose sums, products and inverses are the real forms of the complex ones
// (Goodman 1963, Annals of Mathematical Statistics 34, section 2).

constexpr Index packed_size(Index n) { return n * n; }
constexpr Index at(Index i, Index j) { return i * i + 2 * j; }

template <class R>
struct Complex {
  R re, im;
};
template <class R>
NATGRAD_INLINE Complex<R> at(const R* x, Index i) {
  return {x[2 * i], x[2 * i + 1]};
}
template <class R>
NATGRAD_INLINE void put(R* x, Index i, Complex<R> value) {
  x[2 * i] = value.re;
  x[2 * i + 1] = value.im;
}
/// a - x y.
template <class R>
NATGRAD_INLINE Complex<R> less_product(Complex<R> a, Complex<R> x, Complex<R> y) {
  return {(a.re - x.re * y.re) + x.im * y.im, (a.im - x.re * y.im) - x.im * y.re};
}
/// a + x y.
template <class R>
NATGRAD_INLINE Complex<R> plus_product(Complex<R> a, Complex<R> x, Complex<R> y) {
  return {(a.re + x.re * y.re) - x.im * y.im, (a.im + x.re * y.im) + x.im * y.re};
}
template <class R>
NATGRAD_INLINE Complex<R> conjugate(Complex<R> x) {
  return {x.re, -x.im};
}
template <class R>
NATGRAD_INLINE Complex<R> times(R scale, Complex<R> x) {
  return {scale * x.re, scale * x.im};
}
/// |x|^2.
template <class R>
NATGRAD_INLINE R square(Complex<R> x) {
  return x.re * x.re + x.im * x.im;
}

/// a b + c d, to relative accuracy also where it cancels (Jeannerod, Louvet & Muller 2013, Further analysis of Kahan's
/// algorithm for the accurate computation of 2 x 2 determinants).
template <class R>
NATGRAD_INLINE R sum_of_products(R a, R b, R c, R d) {
  const auto first = exact_product(a, b), second = exact_product(c, d);
  const R sum = first.value + second.value;
  return select(is_finite(sum), sum + (first.error + second.error), sum);
}

/// Entry (i, j), of either triangle.
template <class R>
NATGRAD_INLINE Complex<R> entry(const R* a, Index i, Index j) {
  if (i == j) return {a[at(i, i)], broadcast<R>(0)};
  const R* there = i > j ? a + at(i, j) : a + at(j, i);
  return {there[0], i > j ? there[1] : -there[1]};
}

/// The real form of a Hermitian matrix, packed as in symmetric.hpp.
template <class R>
class RealForm {
 public:
  explicit RealForm(Index n) : real_(symmetric::packed_size(2 * n)) {}
  RealForm(Index n, const R* a) : RealForm(n) { assign(n, a); }
  /// <- that of a, a Hermitian matrix or a factor.
  NATGRAD_CALLED void assign(Index n, const R* a) {
    for (Index i = 0; i < n; ++i) {
      R* upper = real_.data() + symmetric::at(2 * i, 0);
      R* lower = real_.data() + symmetric::at(2 * i + 1, 0);
      for (Index j = 0; j < i; ++j) {
        const Complex<R> x = at(a + at(i, 0), j);
        put(upper, j, {x.re, -x.im});
        put(lower, j, {x.im, x.re});
      }
      upper[2 * i] = lower[2 * i + 1] = a[at(i, i)];
      lower[2 * i] = broadcast<R>(0);
    }
  }
  R* data() { return real_.data(); }
  const R* data() const { return real_.data(); }

  /// a <- the matrix whose real form is nearest: the mean of both copies of each part. One copy alone would turn the
  /// rounding of a factor, which is no real form, into an error by the condition.
  NATGRAD_CALLED void matrix(Index n, R* a) const {
    using S = scalar_of<R>;
    const auto mean = [](R x, R y) { return S(0.5) * x + S(0.5) * y; };
    for (Index i = 0; i < n; ++i) {
      const R* upper = real_.data() + symmetric::at(2 * i, 0);
      const R* lower = real_.data() + symmetric::at(2 * i + 1, 0);
      for (Index j = 0; j < i; ++j) {
        const Complex<R> x{mean(upper[2 * j], lower[2 * j + 1]), mean(lower[2 * j], -upper[2 * j + 1])};
        put(a + at(i, 0), j, x);
      }
      a[at(i, i)] = mean(upper[2 * i], lower[2 * i + 1]);
    }
  }

 private:
  Buffer<R, 64> real_;
};

/// out <- A B A, both Hermitian.
template <class R>
NATGRAD_CALLED void sandwich(Index n, const R* a, const R* b, R* out) {
  if constexpr (is_pack<R>) {
    Buffer<R, 64> ab(2 * n * n);
    const Complex<R> zero{broadcast<R>(0), broadcast<R>(0)};
    for (Index i = 0; i < n; ++i) {
      for (Index j = 0; j < n; ++j) {
        Complex<R> sum = zero;
        for (Index k = 0; k < n; ++k) sum = plus_product(sum, entry(a, i, k), entry(b, k, j));
        put(ab.data() + 2 * i * n, j, sum);
      }
    }
    for (Index i = 0; i < n; ++i) {
      for (Index j = 0; j <= i; ++j) {
        Complex<R> sum = zero;
        for (Index k = 0; k < n; ++k) sum = plus_product(sum, at(ab.data() + 2 * i * n, k), entry(a, k, j));
        out[at(i, j)] = sum.re;
        if (j < i) out[at(i, j) + 1] = sum.im;
      }
    }
  } else {
    RealForm<R> product(n);
    symmetric::sandwich<R>(2 * n, RealForm<R>(n, a).data(), RealForm<R>(n, b).data(), product.data());
    product.matrix(n, out);
  }
}

/// The Cholesky factor L of A = L L^H, with a real diagonal: packed as A is, of a scalar that of the real form. It
/// holds the reciprocals of its diagonal.
template <class R>
class Factor {
 public:
  /// Of the matrix that `write` is given to write to.
  template <class Write>
  Factor(Index n, const Write& write) : n_(n), l_(is_pack<R> ? packed_size(n) : symmetric::packed_size(2 * n)) {
    if constexpr (is_pack<R>) {
      write(l_.data());
    } else {
      Buffer<R, 64> a(packed_size(n));
      write(a.data());
      const RealForm<R> real(n, a.data());
      for (Index k = 0; k < symmetric::packed_size(2 * n); ++k) l_[k] = real.data()[k];
    }
    factorise();
  }

  /// The smallest pivot met, <= 0 or NaN where A is not positive definite.
  R smallest_pivot() const { return smallest_; }

  /// log det A.
  NATGRAD_CALLED R log_determinant() const {
    R sum = broadcast<R>(0);
    if constexpr (is_pack<R>) {
      for (Index i = 0; i < n_; ++i) sum -= log(l()[at(i, i)]);
      return scalar_of<R>(2) * sum;
    } else {
      for (Index i = 0; i < 2 * n_; ++i) sum -= log(l()[symmetric::at(i, i)]);
      return sum;
    }
  }

  /// z^H A z = |L^H z|^2.
  NATGRAD_CALLED R squared_length(const R* z) const {
    R sum = broadcast<R>(0);
    if constexpr (is_pack<R>) {
      for (Index j = 0; j < n_; ++j) {
        Complex<R> turned = times(scalar_of<R>(1) / l()[at(j, j)], at(z, j));
        for (Index i = j + 1; i < n_; ++i) turned = plus_product(turned, conjugate(at(l() + at(i, 0), j)), at(z, i));
        sum += square(turned);
      }
    } else {
      for (Index j = 0; j < 2 * n_; ++j) {
        R turned = z[j] / l()[symmetric::at(j, j)];
        for (Index i = j + 1; i < 2 * n_; ++i) turned += l()[symmetric::at(i, j)] * z[i];
        sum += turned * turned;
      }
    }
    return sum;
  }

  /// out <- A^-1.
  NATGRAD_CALLED void inverse(R* out) const {
    if constexpr (is_pack<R>) {
      Buffer<R, 64> m(packed_size(n_));  // L^-1
      for (Index j = 0; j < n_; ++j) {
        m[at(j, j)] = l()[at(j, j)];
        for (Index i = j + 1; i < n_; ++i) {
          const R* row = l() + at(i, 0);
          Complex<R> sum = times(-m[at(j, j)], at(row, j));
          for (Index k = j + 1; k < i; ++k) sum = less_product(sum, at(row, k), at(m.data() + at(k, 0), j));
          put(m.data() + at(i, 0), j, times(row[2 * i], sum));
        }
      }
      for (Index i = 0; i < n_; ++i) {
        const R own = m[at(i, i)];
        for (Index j = 0; j < i; ++j) {
          Complex<R> sum = times(own, at(m.data() + at(i, 0), j));
          for (Index k = i + 1; k < n_; ++k) {
            const R* row = m.data() + at(k, 0);
            sum = plus_product(sum, conjugate(at(row, i)), at(row, j));
          }
          put(out + at(i, 0), j, sum);
        }
        R sum = own * own;
        for (Index k = i + 1; k < n_; ++k) sum += square(at(m.data() + at(k, 0), i));
        out[at(i, i)] = sum;
      }
    } else {
      RealForm<R> inverted(n_);
      symmetric::inverse<R>(2 * n_, l(), inverted.data());
      inverted.matrix(n_, out);
    }
  }

  /// The real form of L^-1 B L^-H, with B Hermitian.
  NATGRAD_CALLED void whiten(const R* b, RealForm<R>& out) const {
    if constexpr (is_pack<R>) {
      Buffer<R, 64> half(2 * n_ * n_);  // columns of L^-1 B, one after another
      for (Index j = 0; j < n_; ++j) {
        R* column = half.data() + 2 * j * n_;
        for (Index i = 0; i < n_; ++i) put(column, i, entry(b, i, j));
        lower_solve(n_, column);
      }
      Buffer<R> row(2 * n_);  // of L^-1 B, conjugated: a column of its conjugate transpose
      Buffer<R, 64> white(packed_size(n_));
      for (Index i = 0; i < n_; ++i) {
        for (Index j = 0; j <= i; ++j) put(row.data(), j, conjugate(at(half.data() + 2 * j * n_, i)));
        lower_solve(i + 1, row.data());
        for (Index j = 0; j < i; ++j) put(white.data() + at(i, 0), j, conjugate(at(row.data(), j)));
        white[at(i, i)] = row[2 * i];
      }
      out.assign(n_, white.data());
    } else {
      symmetric::whiten<R>(2 * n_, l(), RealForm<R>(n_, b).data(), out.data());
    }
  }

  /// The factor of the real form.
  void real_form(RealForm<R>& out) const {
    if constexpr (is_pack<R>) {
      out.assign(n_, l());
    } else {
      for (Index k = 0; k < symmetric::packed_size(2 * n_); ++k) out.data()[k] = l()[k];
    }
  }

 private:
  const R* l() const { return l_.data(); }

  NATGRAD_CALLED void factorise() {
    if constexpr (is_pack<R>) {
      R* a = l_.data();
      smallest_ = broadcast<R>(infinity<scalar_of<R>>);
      for (Index j = 0; j < n_; ++j) {
        const R* own = a + at(j, 0);
        R pivot = own[2 * j];
        for (Index k = 0; k < 2 * j; ++k) pivot -= own[k] * own[k];
        smallest_ = select(pivot >= smallest_, smallest_, pivot);  // takes a NaN, which overflow on the way may make
        const R reciprocal = scalar_of<R>(1) / sqrt(pivot);
        for (Index i = j + 1; i < n_; ++i) {
          R* row = a + at(i, 0);
          Complex<R> sum = at(row, j);
          for (Index k = 0; k < j; ++k) sum = less_product(sum, at(row, k), conjugate(at(own, k)));
          put(row, j, times(reciprocal, sum));
        }
        a[at(j, j)] = reciprocal;
      }
    } else {
      smallest_ = symmetric::cholesky<R>(2 * n_, l_.data());
    }
  }

  /// b <- L^-1 b, of the leading `order` rows.
  void lower_solve(Index order, R* b) const {
    for (Index i = 0; i < order; ++i) {
      const R* row = l() + at(i, 0);
      Complex<R> sum = at(b, i);
      for (Index k = 0; k < i; ++k) sum = less_product(sum, at(row, k), at(b, k));
      put(b, i, times(row[2 * i], sum));
    }
  }

  Index n_;
  Buffer<R, 64> l_;
  R smallest_;
};

}  // namespace natgrad::hermitian
