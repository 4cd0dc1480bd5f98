#pragma once

#include <array>
#include <new>

#include "natgrad/base/status.hpp"

namespace natgrad {

/// Scratch for `count` values of R (packs keep their alignment): on the stack while small, else on the heap.
template <class R, Index inline_capacity = 32>
class Buffer {
 public:
  explicit Buffer(Index count) {
    if (count > inline_capacity) {
      heap_ = static_cast<R*>(::operator new(static_cast<std::size_t>(count) * sizeof(R), alignment));
      data_ = heap_;
    }
  }
  ~Buffer() {
    if (heap_) ::operator delete(heap_, alignment);
  }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  R* data() { return data_; }
  const R* data() const { return data_; }
  R& operator[](Index j) { return data_[j]; }

 private:
  static constexpr std::align_val_t alignment{alignof(R) < 64 ? 64 : alignof(R)};
  alignas(64) std::array<R, static_cast<std::size_t>(inline_capacity)> stack_;
  R* heap_ = nullptr;
  R* data_ = stack_.data();
};

}  // namespace natgrad
