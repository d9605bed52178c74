// SPDX-License-Identifier: MIT
// Records how much each exec below a command carries: record FILE COMMAND [ARGUMENT...]
//
// FILE becomes a table, a line per exec: number and bytes of its arguments, number and bytes of its
// environment strings, each string with its NUL, as the new program has them (of a script: with the
// interpreter's name). Numbers only: nothing of what the strings say is kept. By ptrace, so it needs no
// preloaded library and sees static programs too. Exit code: the command's.
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

namespace {

struct Strings {
    long count = 0;
    long bytes = 0;
};

Strings strings_of(pid_t process, const char* file) {
    std::ifstream in("/proc/" + std::to_string(process) + '/' + file, std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    return {static_cast<long>(std::count(text.begin(), text.end(), '\0')), static_cast<long>(text.size())};
}

void record(std::FILE* out, pid_t process) {
    const Strings arguments = strings_of(process, "cmdline");
    const Strings environment = strings_of(process, "environ");
    std::fprintf(out, "%ld,%ld,%ld,%ld\n", arguments.count, arguments.bytes, environment.count,
                 environment.bytes);
}

/// What a stopped task is to go on with: the signal that stopped it, none where ptrace or a group stop did.
long signal_to_deliver(int status) {
    const bool by_ptrace = status >> 16 != 0;
    const int signal = WSTOPSIG(status);
    return by_ptrace || signal == SIGTRAP ? 0 : signal;
}

/// Follows the whole tree until its first process has ended; returns how that ended.
int follow(std::FILE* out, pid_t first) {
    int code = 1;
    for (int status = 0;;) {
        const pid_t task = waitpid(-1, &status, __WALL);
        if (task < 0) return code;
        if (WIFEXITED(status) || WIFSIGNALED(status)) {
            if (task == first) code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
            continue;
        }
        if (status >> 8 == (SIGTRAP | PTRACE_EVENT_EXEC << 8)) record(out, task);
        const bool group_stop = status >> 16 == PTRACE_EVENT_STOP && WSTOPSIG(status) != SIGTRAP;
        ptrace(group_stop ? PTRACE_LISTEN : PTRACE_CONT, task, nullptr, signal_to_deliver(status));
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) {
        std::fprintf(stderr, "usage: record FILE COMMAND [ARGUMENT...]\n");
        return 2;
    }
    std::FILE* const out = std::fopen(argv[1], "w");
    if (out == nullptr) {
        std::perror(argv[1]);
        return 2;
    }
    std::fprintf(out, "argument_strings,argument_bytes,environment_strings,environment_bytes\n");
    std::fflush(out);
    const pid_t child = fork();
    if (child == 0) {
        // Waits for us to be its tracer.
        raise(SIGSTOP);
        execvp(argv[2], argv + 2);
        std::perror(argv[2]);
        _exit(127);
    }
    int status = 0;
    waitpid(child, &status, WUNTRACED);
    constexpr long kOptions = PTRACE_O_TRACEEXEC | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                              PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL;
    if (ptrace(PTRACE_SEIZE, child, nullptr, kOptions) != 0) {
        std::perror("ptrace");
        kill(child, SIGKILL);
        return 2;
    }
    kill(child, SIGCONT);
    const int code = follow(out, child);
    return std::fclose(out) == 0 ? code : 2;
}
