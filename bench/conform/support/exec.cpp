// SPDX-License-Identifier: MIT
#include "conform/support/exec.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "conform/support/facility.h"
#include "conform/support/raw_exec.h"

namespace stackshift {
namespace {

Seen parse(const std::string& data) {
    Seen seen;
    if (data.size() < sizeof seen.header) return seen;
    std::memcpy(&seen.header, data.data(), sizeof seen.header);
    size_t at = sizeof seen.header;
    const auto take = [&](std::uint64_t count, Strings& strings) {
        while (count-- > 0 && at < data.size()) {
            strings.emplace_back(data.c_str() + at);
            at += strings.back().size() + 1;
        }
    };
    take(seen.header.argc, seen.argv);
    take(seen.header.envc, seen.env);
    seen.whole =
        at == data.size() && seen.argv.size() == seen.header.argc && seen.env.size() == seen.header.envc;
    return seen;
}

std::string contents(int fd) {
    std::string data(static_cast<size_t>(std::max<off_t>(lseek(fd, 0, SEEK_END), 0)), '\0');
    for (size_t at = 0; at < data.size();) {
        const ssize_t n = pread(fd, data.data() + at, data.size() - at, static_cast<off_t>(at));
        if (n <= 0) return {};
        at += static_cast<size_t>(n);
    }
    return data;
}

/// Makes `fd` the child's descriptor `number`; -1: closes that. What is passed must stand above 9 before.
void pass(int fd, int number) {
    if (fd < 0) {
        close(number);
    } else {
        dup2(fd, number);
    }
}

}  // namespace

int above_the_probes(int fd) {
    if (fd < 0) return fd;
    const int moved = fcntl(fd, F_DUPFD_CLOEXEC, 10);
    close(fd);
    return moved;
}

int status_of(pid_t child) {
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
}

std::string error_name(int error) {
    const char* name = strerrorname_np(error);
    return name != nullptr ? name : std::to_string(error);
}

std::string signal_name(int signal) {
    const char* name = sigabbrev_np(signal);
    return name != nullptr ? std::string("SIG") + name : "signal " + std::to_string(signal);
}

std::string Seen::ended() const {
    if (error != 0) return error_name(error);
    if (signal != 0) return signal_name(signal);
    return whole ? "ok" : "incomplete";
}

int execute(const std::string& file, const Strings& argv, const Strings& env, bool compat) {
    if (compat) {
        LowMemory memory(LowMemory::room({file}) + LowMemory::room(argv) + LowMemory::room(env));
        return execute(call_in(memory, file, argv, env, compat));
    }
    const auto vector = [](const Strings& strings) {
        std::vector<char*> pointers;
        pointers.reserve(strings.size() + 1);
        for (const std::string& text : strings) pointers.push_back(const_cast<char*>(text.c_str()));
        pointers.push_back(nullptr);
        return pointers;
    };
    const std::vector<char*> arguments = vector(argv);
    const std::vector<char*> environment = vector(env);
    execve(file.c_str(), arguments.data(), environment.data());
    return errno;
}

Seen seen_in(int report) {
    return parse(contents(report));
}

StartedExec::StartedExec(const Exec& exec) : exec_(exec) {
    exec_is_made();
    report_ = above_the_probes(memfd_create("seen", MFD_CLOEXEC));
    if (exec.look && (pipe2(ready_, O_CLOEXEC) != 0 || pipe2(go_, O_CLOEXEC) != 0)) return;
    for (int* fd : {&ready_[0], &ready_[1], &go_[0], &go_[1]}) *fd = above_the_probes(*fd);
    child_ = fork();
    if (child_ == 0) become();
}

void StartedExec::become() {
    const rlimit stack = {exec_.stack_limit, exec_.stack_limit};
    setrlimit(RLIMIT_STACK, &stack);
    pass(report_, 3);
    pass(ready_[1], 4);
    pass(go_[0], 5);
    if (exec_.prepare) exec_.prepare();
    *error_ = exec_.call ? exec_.call() : execute(exec_.file, exec_.argv, exec_.env, exec_.compat);
    _exit(1);
}

Seen StartedExec::finish() {
    if (child_ < 0) return {};
    if (exec_.look) {
        close(ready_[1]);
        close(go_[0]);
        char byte = 0;
        if (read(ready_[0], &byte, 1) == 1) exec_.look(child_, parse(contents(report_)));
        close(ready_[0]);
        close(go_[1]);
    }
    if (exec_.ended) {
        siginfo_t info = {};
        while (waitid(P_PID, static_cast<id_t>(child_), &info, WEXITED | WNOWAIT) < 0 && errno == EINTR) {
        }
        exec_.ended(child_);
    }
    const int status = status_of(child_);
    Seen seen = parse(contents(report_));
    seen.error = *error_;
    if (WIFSIGNALED(status)) seen.signal = WTERMSIG(status);
    close(report_);
    return seen;
}

Seen run(const Exec& exec) {
    return StartedExec(exec).finish();
}

std::string difference(const Strings& sent, const Strings& found, const char* what) {
    if (sent == found) return {};
    if (sent.size() != found.size()) {
        return std::to_string(found.size()) + " strings in " + what + " instead of " +
               std::to_string(sent.size());
    }
    size_t i = 0;
    while (sent[i] == found[i]) ++i;
    const auto [a, b] = std::mismatch(sent[i].begin(), sent[i].end(), found[i].begin(), found[i].end());
    return std::string(what) + '[' + std::to_string(i) + "] differs at byte " +
           std::to_string(a - sent[i].begin());
}

std::string intact(const Strings& argv, const Seen& seen) {
    if (!seen.whole) return seen.ended();
    const std::string wrong = difference(argv, seen.argv, "argv");
    return wrong.empty() ? "ok" : wrong;
}

std::string round_trip(const Exec& exec) {
    const Seen seen = run(exec);
    if (!seen.whole) return seen.ended();
    Strings argv = exec.argv;
    if (argv.empty()) argv.emplace_back();
    std::string wrong = difference(argv, seen.argv, "argv");
    if (wrong.empty()) wrong = difference(exec.env, seen.env, "env");
    if (wrong.empty() && seen.header.execfn != exec.file.substr(0, sizeof seen.header.execfn - 1)) {
        wrong = std::string("AT_EXECFN is ") + seen.header.execfn;
    }
    return wrong.empty() ? "ok" : wrong;
}

Strings strings_of(std::size_t bytes, std::size_t longest) {
    Strings strings;
    std::uint64_t state = 88172645463325252ULL + bytes;
    while (bytes > 0) {
        std::string text(std::min(bytes, longest) - 1, '\0');
        // xorshift64 (Marsaglia 2003): no page repeats, so a page in the wrong place is seen.
        for (char& c : text) {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            c = static_cast<char>('!' + state % 90);
        }
        bytes -= text.size() + 1;
        strings.push_back(std::move(text));
    }
    return strings;
}

}  // namespace stackshift
