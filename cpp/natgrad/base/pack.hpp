// Packs: one native SIMD register of double or float as a plain value, so that one formula serves a pack and a scalar.
//
// On GCC and Clang a pack is a vector-extension type of one register (64 bytes with AVX-512, 32 with AVX, 16
// otherwise); + - * / and comparisons are the language's own. On other compilers, and where NATGRAD_ONE_LANE is
// defined, a pack has one lane and IS the scalar. Every function below accepts R = Pack<S> and R = S alike. Masks are
// what comparisons give (integer vectors of 0 / -1, or bool) and combine with & | and !, the last one in parentheses:
// (!a) & b. In formulas generic in R write literals as S(2) with S = scalar_of<R>: a vector does not mix with a scalar
// of another type. Build with -fno-math-errno -fno-trapping-math (sqrt and select stay in registers) and -Wno-psabi;
// never with -ffast-math.
#pragma once
#include <bit>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>
#if defined(__GNUC__)
#define NATGRAD_INLINE inline __attribute__((always_inline))
#define NATGRAD_CALLED __attribute__((noinline))  // long, or off the path of ordinary points: one copy, called
#else
#include <cmath>
#define NATGRAD_INLINE inline
#define NATGRAD_CALLED
#define NATGRAD_ONE_LANE  // no vector extensions
#endif
#if defined(__clang__)
#if __has_warning("-Wbitwise-instead-of-logical")
#pragma clang diagnostic ignored "-Wbitwise-instead-of-logical"  // a mask of a scalar is a bool, and & must serve both
#endif
#endif

namespace natgrad {

namespace detail {
#if defined(__AVX512F__) && defined(__AVX512DQ__)
inline constexpr int register_bytes = 64;
#elif defined(__AVX__)
inline constexpr int register_bytes = 32;
#else
inline constexpr int register_bytes = 16;
#endif

template <class R>
struct pack_traits;
template <>
struct pack_traits<double> {
  using scalar = double;
  using word = std::uint64_t;
  using mask = bool;
};
template <>
struct pack_traits<float> {
  using scalar = float;
  using word = std::uint32_t;
  using mask = bool;
};
template <class S>
struct pack_of {
  using type = S;
};
#if !defined(NATGRAD_ONE_LANE)
typedef double double_pack __attribute__((vector_size(register_bytes)));
typedef float float_pack __attribute__((vector_size(register_bytes)));
typedef std::uint64_t uint64_pack __attribute__((vector_size(register_bytes)));
typedef std::uint32_t uint32_pack __attribute__((vector_size(register_bytes)));
template <>
struct pack_traits<double_pack> {
  using scalar = double;
  using word = uint64_pack;
  using mask = decltype(double_pack{} < double_pack{});
};
template <>
struct pack_traits<float_pack> {
  using scalar = float;
  using word = uint32_pack;
  using mask = decltype(float_pack{} < float_pack{});
};
template <>
struct pack_of<double> {
  using type = double_pack;
};
template <>
struct pack_of<float> {
  using type = float_pack;
};
#endif
}  // namespace detail

template <class S>
using Pack = typename detail::pack_of<S>::type;
template <class S>
inline constexpr int lanes = static_cast<int>(sizeof(Pack<S>) / sizeof(S));
template <class R>
using scalar_of = typename detail::pack_traits<R>::scalar;
template <class R>
using mask_of = typename detail::pack_traits<R>::mask;
template <class R>
using word_of = typename detail::pack_traits<R>::word;  // unsigned integers of the lane's size
template <class R>
inline constexpr bool is_pack = !std::is_arithmetic_v<R>;
template <class S>
inline constexpr S epsilon = std::numeric_limits<S>::epsilon();
template <class S>
inline constexpr S infinity = std::numeric_limits<S>::infinity();
template <class S>
inline constexpr S not_a_number = std::numeric_limits<S>::quiet_NaN();

// Lanes of R: lanes<S> for a pack, 1 for a scalar.
template <class R>
inline constexpr int width = static_cast<int>(sizeof(R) / sizeof(scalar_of<R>));

// ---- making, loading and reading
// -----------------------------------------------------------------------------------------------------
template <class R>
NATGRAD_INLINE R broadcast(scalar_of<R> value) {
  if constexpr (is_pack<R>)
    return value - R{};  // value - 0 keeps the sign of a zero and folds into a broadcast
  else
    return value;
}
template <class R>
NATGRAD_INLINE R load(const scalar_of<R>* from) {
  R pack;
  std::memcpy(&pack, from, sizeof(R));
  return pack;
}
template <class R>
NATGRAD_INLINE void store(scalar_of<R>* to, R pack) {
  std::memcpy(to, &pack, sizeof(R));
}

// Lane i of a pack, mask or integer pack; the value itself for a scalar.
template <class V>
NATGRAD_INLINE auto lane(V pack, [[maybe_unused]] int i) {
  if constexpr (is_pack<V>)
    return pack[i];
  else
    return pack;
}
template <class V, class T>
NATGRAD_INLINE void set_lane(V& pack, [[maybe_unused]] int i, T value) {
  if constexpr (is_pack<V>)
    pack[i] = value;
  else
    pack = value;
}

// ---- masks
// ---------------------------------------------------------------------------------------------------------------------------
namespace detail {
template <class A, class B>
using wider = std::conditional_t<is_pack<A>, A, B>;
template <class R, class T>
NATGRAD_INLINE R widen(T value) {
  if constexpr (std::is_same_v<R, T>)
    return value;
  else
    return broadcast<R>(value);
}
}  // namespace detail

// mask ? yes : no in each lane; one of yes and no may be a scalar when the other is a pack.
template <class M, class A, class B>
NATGRAD_INLINE auto select(M mask, A yes, B no) {
  using R = detail::wider<A, B>;
  return mask ? detail::widen<R>(yes) : detail::widen<R>(no);
}

template <class M>
NATGRAD_INLINE bool any(M mask) {
  if constexpr (!is_pack<M>) return mask;
#if defined(__AVX512F__) && defined(__AVX512DQ__)
  else if constexpr (sizeof(mask[0]) == 8)
    return __builtin_ia32_cvtq2mask512((long long __attribute__((vector_size(64))))mask) != 0;
  else
    return __builtin_ia32_cvtd2mask512((int __attribute__((vector_size(64))))mask) != 0;
#elif defined(__AVX__)
  else if constexpr (sizeof(mask[0]) == 8)
    return __builtin_ia32_movmskpd256((double __attribute__((vector_size(32))))mask) != 0;
  else
    return __builtin_ia32_movmskps256((float __attribute__((vector_size(32))))mask) != 0;
#elif defined(__SSE2__)
  else if constexpr (sizeof(mask[0]) == 8)
    return __builtin_ia32_movmskpd((double __attribute__((vector_size(16))))mask) != 0;
  else
    return __builtin_ia32_movmskps((float __attribute__((vector_size(16))))mask) != 0;
#else
  else {
    auto found = mask[0];
    for (unsigned i = 1; i < sizeof(mask) / sizeof(mask[0]); ++i) found |= mask[i];
    return found != 0;
  }
#endif
}
template <class M>
NATGRAD_INLINE bool all(M mask) {
  return !any(!mask);
}

// ---- bits
// ----------------------------------------------------------------------------------------------------------------------------
template <class R>
NATGRAD_INLINE word_of<R> to_bits(R x) {
  return std::bit_cast<word_of<R>>(x);
}
template <class R>
NATGRAD_INLINE R from_bits(word_of<R> bits) {
  return std::bit_cast<R>(bits);
}
template <class R>
NATGRAD_INLINE word_of<R> sign_bit() {
  return to_bits(broadcast<R>(-scalar_of<R>(0)));
}

// ---- arithmetic
// ----------------------------------------------------------------------------------------------------------------------
template <class R>
NATGRAD_INLINE R abs(R x) {
  return from_bits<R>(to_bits(x) & ~sign_bit<R>());
}
template <class R>
NATGRAD_INLINE R copysign(R magnitude, R sign) {
  return from_bits<R>((to_bits(magnitude) & ~sign_bit<R>()) | (to_bits(sign) & sign_bit<R>()));
}
// min and max give b when either is NaN, like the x86 instructions; one of a and b may be a scalar.
template <class A, class B>
NATGRAD_INLINE auto min(A a, B b) {
  return select(a < b, a, b);
}
template <class A, class B>
NATGRAD_INLINE auto max(A a, B b) {
  return select(a > b, a, b);
}
template <class R>
NATGRAD_INLINE mask_of<R> is_finite(R x) {
  return abs(x) < infinity<scalar_of<R>>;
}
template <class R>
NATGRAD_INLINE mask_of<R> is_nan(R x) {
  return x != x;
}

// The nearest integer, ties to even, for every x.
template <class R>
NATGRAD_INLINE R round(R x) {
  using S = scalar_of<R>;
  const R shift = copysign(broadcast<R>(1 / epsilon<S>), x);
  return select(abs(x) < 1 / epsilon<S>, copysign((x + shift) - shift, x), x);
}

template <class R>
NATGRAD_INLINE R sqrt(R x) {
  if constexpr (is_pack<R>) {
    R root{};
    for (int i = 0; i < width<R>; ++i) root[i] = sqrt(lane(x, i));  // compiles to one vector instruction
    return root;
  } else {
#if defined(__GNUC__)
    if constexpr (std::is_same_v<R, double>)
      return __builtin_sqrt(x);
    else
      return __builtin_sqrtf(x);
#else
    return std::sqrt(x);
#endif
  }
}

// a * b + c, fused where the hardware fuses (has_fma), otherwise rounded twice.
#if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
inline constexpr bool has_fma = true;
template <class R>
NATGRAD_INLINE R fma(R a, R b, R c) {
  constexpr bool is_double = std::is_same_v<scalar_of<R>, double>;
  if constexpr (is_pack<R>) {
    R sum{};
    for (int i = 0; i < width<R>; ++i) {  // compiles to one vector instruction
      if constexpr (is_double)
        sum[i] = __builtin_fma(a[i], b[i], c[i]);
      else
        sum[i] = __builtin_fmaf(a[i], b[i], c[i]);
    }
    return sum;
  } else if constexpr (is_double)
    return __builtin_fma(a, b, c);
  else
    return __builtin_fmaf(a, b, c);
}
#else
inline constexpr bool has_fma = false;
template <class R>
NATGRAD_INLINE R fma(R a, R b, R c) {
  return a * b + c;
}
#endif

}  // namespace natgrad
