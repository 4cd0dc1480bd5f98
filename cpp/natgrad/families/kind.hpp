#pragma once

#include "natgrad/families/table.hpp"

namespace natgrad::table {

// For the file of a kind alone: it compiles the kernels that all families of the kind share.

template <Operation operation, class K, class R>
constexpr Kernel<scalar_of<R>> kind_kernel() {
  if constexpr (shares<K>(operation)) {
    return kernel<operation, K, R>;
  } else {
    return nullptr;
  }
}

template <class K, class R>
const Kernels<scalar_of<R>>& kind_kernels() {
  static constexpr auto all = []<std::size_t... operation>(std::index_sequence<operation...>) {
    return Kernels<scalar_of<R>>{kind_kernel<static_cast<Operation>(operation), K, R>()...};
  }(std::make_index_sequence<operation_count>());
  return all;
}

}  // namespace natgrad::table

/// What a kind's file ends with; and besides, where its rows may be long.
#define NATGRAD_KIND(K)                                                                                     \
  template const natgrad::table::Kernels<double>& natgrad::table::kind_kernels<K, natgrad::Pack<double>>(); \
  template const natgrad::table::Kernels<float>& natgrad::table::kind_kernels<K, natgrad::Pack<float>>();

#if defined(NATGRAD_ONE_LANE)
#define NATGRAD_KIND_OF_LONG_ROWS(K)  // the same kernels
#else
#define NATGRAD_KIND_OF_LONG_ROWS(K)                                                         \
  template const natgrad::table::Kernels<double>& natgrad::table::kind_kernels<K, double>(); \
  template const natgrad::table::Kernels<float>& natgrad::table::kind_kernels<K, float>();
#endif
