// SPDX-License-Identifier: MIT
#include "conform/support/raw_exec.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace stackshift {
namespace {

/// Makes a system call by the 32-bit entry; returns its error as a positive errno. Kernels have been known to
/// clear r8 to r11 there (entry_64_compat.S), so the compiler must not keep anything in them.
int system_call_32(long number, std::uint64_t first, std::uint64_t second, std::uint64_t third,
                   std::uint64_t fourth, std::uint64_t fifth) {
    long result = 0;
    asm volatile("int $0x80"
                 : "=a"(result)
                 : "a"(number), "b"(first), "c"(second), "d"(third), "S"(fourth), "D"(fifth)
                 : "memory", "r8", "r9", "r10", "r11");
    return static_cast<int>(-result);
}

}  // namespace

LowMemory::LowMemory(std::size_t bytes)
    : base_(static_cast<char*>(
          mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0))),
      size_(bytes) {}

LowMemory::~LowMemory() {
    munmap(base_, size_);
}

std::uint64_t LowMemory::take(const void* data, std::size_t bytes) {
    // A test that asks for too little is wrong, and would test something else.
    if (base_ == MAP_FAILED || used_ + bytes > size_) std::abort();
    char* at = base_ + used_;
    std::memcpy(at, data, bytes);
    used_ += bytes;
    return reinterpret_cast<std::uint64_t>(at);
}

std::uint64_t LowMemory::string(const std::string& text) {
    return take(text.c_str(), text.size() + 1);
}

std::uint64_t LowMemory::vector(const std::vector<std::uint64_t>& pointers, bool compat) {
    std::vector<std::uint64_t> native = pointers;
    native.push_back(0);
    if (!compat) return take(native.data(), native.size() * sizeof native[0]);
    std::vector<std::uint32_t> narrow;
    for (const std::uint64_t pointer : native) narrow.push_back(static_cast<std::uint32_t>(pointer));
    return take(narrow.data(), narrow.size() * sizeof narrow[0]);
}

std::uint64_t LowMemory::strings(const Strings& texts, bool compat) {
    std::vector<std::uint64_t> pointers;
    for (const std::string& text : texts) pointers.push_back(string(text));
    return vector(pointers, compat);
}

std::size_t LowMemory::room(const Strings& texts) {
    std::size_t bytes = (texts.size() + 1) * sizeof(std::uint64_t);
    for (const std::string& text : texts) bytes += text.size() + 1;
    return bytes;
}

RawExec call_in(LowMemory& memory, const std::string& file, const Strings& argv, const Strings& env,
                bool compat) {
    return {memory.string(file), memory.strings(argv, compat), memory.strings(env, compat), compat};
}

int execute(const RawExec& exec) {
    constexpr long kExecve32 = 11;
    if (exec.compat) return system_call_32(kExecve32, exec.file, exec.argv, exec.envp, 0, 0);
    syscall(SYS_execve, exec.file, exec.argv, exec.envp);
    return errno;
}

int execute_at(int fd, const RawExec& exec, int flags) {
    constexpr long kExecveat32 = 358;
    if (exec.compat) {
        return system_call_32(kExecveat32, static_cast<std::uint64_t>(fd), exec.file, exec.argv, exec.envp,
                              static_cast<std::uint64_t>(flags));
    }
    syscall(SYS_execveat, fd, exec.file, exec.argv, exec.envp, flags);
    return errno;
}

}  // namespace stackshift
