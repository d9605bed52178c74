// SPDX-License-Identifier: MIT
#include "conform/arrival.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace stackshift {

std::string arrived(const Seen& seen, const Arrival& expected) {
    if (seen.ended() != "ok") return seen.ended();
    if (const auto wrong = difference(expected.argv, seen.argv, "argv"); !wrong.empty()) return wrong;
    if (const auto wrong = difference(expected.env, seen.env, "env"); !wrong.empty()) return wrong;
    if (seen.header.bits != expected.bits) return std::to_string(seen.header.bits) + " bits";
    if (seen.header.secure != expected.secure) return "AT_SECURE " + std::to_string(seen.header.secure);
    const std::string execfn = expected.execfn.substr(0, sizeof seen.header.execfn - 1);
    if (!execfn.empty() && execfn != seen.header.execfn)
        return std::string("AT_EXECFN ") + seen.header.execfn;
    return "ok";
}

Seen run_at(int fd, int flags, const Exec& exec) {
    const Shared<int> error;
    Exec at = exec;
    at.prepare = [&] {
        if (exec.prepare) exec.prepare();
        std::vector<char*> argv;
        std::vector<char*> env;
        for (const std::string& text : exec.argv) argv.push_back(const_cast<char*>(text.c_str()));
        for (const std::string& text : exec.env) env.push_back(const_cast<char*>(text.c_str()));
        argv.push_back(nullptr);
        env.push_back(nullptr);
        syscall(SYS_execveat, fd, exec.file.c_str(), argv.data(), env.data(), flags);
        *error = errno;
        _exit(1);
    };
    Seen seen = run(at);
    seen.error = *error;
    return seen;
}

bool open_as(int number, const std::string& path, int flags) {
    const int fd = open(path.c_str(), flags);
    if (fd < 0) return false;
    // dup2 forgets O_CLOEXEC.
    const bool ok = dup3(fd, number, flags & O_CLOEXEC) == number;
    close(fd);
    return ok;
}

void* shared_memory(std::size_t bytes) {
    void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) std::abort();
    return memory;
}

void free_shared_memory(void* memory, std::size_t bytes) {
    munmap(memory, bytes);
}

}  // namespace stackshift
