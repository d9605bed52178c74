// SPDX-License-Identifier: MIT
#include "conform/support/arrival.h"

#include <fcntl.h>
#include <unistd.h>

#include "conform/support/raw_exec.h"
#include "conform/support/shared.h"

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

Seen run_at(int fd, int flags, const Exec& exec, bool compat) {
    const Shared<int> error;
    Exec at = exec;
    at.prepare = [&] {
        if (exec.prepare) exec.prepare();
        LowMemory memory(LowMemory::room({exec.file}) + LowMemory::room(exec.argv) +
                         LowMemory::room(exec.env));
        *error = execute_at(fd, call_in(memory, exec.file, exec.argv, exec.env, compat), flags);
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

}  // namespace stackshift
