// SPDX-License-Identifier: MIT
// An object in memory that a child and its parent share: what a child tells without a system call.
#pragma once

#include <sys/mman.h>

#include <cstdlib>
#include <new>

namespace stackshift {

/// A T that parent and child share after fork(), and that a child's execve or death leaves as it is. Aborts
/// where there is no memory.
template <typename T>
class Shared {
  public:
    Shared() {
        void* memory = mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) std::abort();
        object_ = new (memory) T{};
    }
    ~Shared() { munmap(object_, sizeof(T)); }
    Shared(const Shared&) = delete;
    Shared& operator=(const Shared&) = delete;
    T* operator->() const { return object_; }
    T& operator*() const { return *object_; }

  private:
    T* object_;
};

}  // namespace stackshift
