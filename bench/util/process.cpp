// SPDX-License-Identifier: MIT
#include "util/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <sstream>

#include "util/error.h"
#include "util/files.h"
#include "util/interrupt.h"

namespace stackshift {
namespace {

constexpr int kTickMilliseconds = 200;
constexpr int kStopMilliseconds = 2000;

/// In the child, between fork and exec: only async-signal-safe calls.
void redirect(int to_fd, const char* path, bool truncate) {
    int fd = open(path, O_WRONLY | O_CREAT | (truncate ? O_TRUNC : O_APPEND) | O_CLOEXEC, 0644);
    if (fd < 0) _exit(126);
    dup2(fd, to_fd);
}

}  // namespace

std::string ExitStatus::describe() const {
    return signal != 0 ? fmt::format("signal {}", signal) : fmt::format("exit code {}", code);
}

std::filesystem::path find_program(const std::string& name) {
    if (name.find('/') != std::string::npos) return access(name.c_str(), X_OK) == 0 ? name : "";
    const char* path = std::getenv("PATH");
    std::string rest = path != nullptr ? path : "/usr/bin:/bin";
    while (!rest.empty()) {
        const auto colon = rest.find(':');
        const std::filesystem::path candidate = std::filesystem::path(rest.substr(0, colon)) / name;
        if (access(candidate.c_str(), X_OK) == 0 && !std::filesystem::is_directory(candidate))
            return candidate;
        rest = colon == std::string::npos ? "" : rest.substr(colon + 1);
    }
    return {};
}

Process::Process(const Command& command) {
    const std::filesystem::path program = find_program(command.argv.at(0));
    if (program.empty()) {
        throw Error(
            Exit::environment,
            fmt::format("program not found: {} (./run.sh installs what is missing)", command.argv[0]));
    }
    std::vector<char*> argv;
    for (const std::string& argument : command.argv) argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    const pid_t parent = getpid();
    pid_ = fork();
    if (pid_ < 0) throw Error(Exit::environment, fmt::format("fork: {}", std::strerror(errno)));
    if (pid_ == 0) {
        setpgid(0, 0);
        // Should we be killed outright, the kernel still ends the child.
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent) _exit(126);
        std::signal(SIGPIPE, SIG_DFL);
        for (const auto& [name, value] : command.variables) setenv(name.c_str(), value.c_str(), 1);
        if (!command.directory.empty() && chdir(command.directory.c_str()) != 0) _exit(126);
        redirect(STDIN_FILENO, "/dev/null", false);
        const char* output = command.output.empty() ? "/dev/null" : command.output.c_str();
        redirect(STDOUT_FILENO, output, true);
        if (command.errors.empty()) {
            dup2(STDOUT_FILENO, STDERR_FILENO);
        } else {
            redirect(STDERR_FILENO, command.errors.c_str(), true);
        }
        execv(program.c_str(), argv.data());
        _exit(127);
    }
    setpgid(pid_, pid_);
    watch_group(pid_);
    pidfd_ = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
    if (pidfd_ >= 0) fcntl(pidfd_, F_SETFD, FD_CLOEXEC);
}

Process::Process(Process&& other) noexcept
    : pid_(other.pid_), pidfd_(other.pidfd_), ended_(other.ended_), status_(other.status_) {
    other.ended_ = true;
    other.pidfd_ = -1;
}

Process::~Process() {
    if (!ended_) stop();
    if (pidfd_ >= 0) close(pidfd_);
}

/// Collects the child where it has ended (or waits for that, by `flags`). Returns whether it has.
bool Process::reap(int flags) {
    int wait_status = 0;
    rusage usage = {};
    pid_t reaped = 0;
    do {
        reaped = wait4(pid_, &wait_status, flags, &usage);
    } while (reaped < 0 && errno == EINTR);
    if (reaped != pid_) return false;
    forget_group(pid_);
    ended_ = true;
    if (WIFEXITED(wait_status)) status_.code = WEXITSTATUS(wait_status);
    if (WIFSIGNALED(wait_status)) status_.signal = WTERMSIG(wait_status);
    status_.max_rss_kib = usage.ru_maxrss;
    return true;
}

bool Process::running() {
    return !ended_ && !reap(WNOHANG);
}

bool Process::wait(int milliseconds) {
    if (!running()) return true;
    pollfd event = {pidfd_, POLLIN, 0};
    // Without pidfd_open (a sandbox may refuse it) this is a plain sleep between two looks.
    poll(&event, pidfd_ >= 0 ? 1 : 0, milliseconds);
    return !running();
}

void Process::stop() {
    if (!running()) return;
    kill(-pid_, SIGTERM);
    if (!wait(kStopMilliseconds)) {
        kill(-pid_, SIGKILL);
        reap(0);
    }
    // The leader has gone; what it had started may have ignored SIGTERM.
    kill(-pid_, SIGKILL);
}

double Process::processor_seconds() const {
    // proc(5): utime and stime are fields 14 and 15, the 12th and 13th behind the name in parentheses.
    const std::string text = read_file_or(fmt::format("/proc/{}/stat", pid_), "");
    std::istringstream fields(text.substr(std::min(text.rfind(')') + 1, text.size())));
    std::string skipped;
    for (int i = 0; i < 11; ++i) fields >> skipped;
    double user = 0;
    double system = 0;
    fields >> user >> system;
    return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

ExitStatus run(const Command& command, const std::function<void()>& tick) {
    Process process(command);
    while (!process.wait(kTickMilliseconds)) {
        check_interrupt();
        if (tick) tick();
    }
    check_interrupt();
    return process.status();
}

double children_processor_seconds() {
    rusage usage = {};
    getrusage(RUSAGE_CHILDREN, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::string capture(const std::vector<std::string>& argv) {
    std::string name = (std::filesystem::temp_directory_path() / "stackshift-XXXXXX").string();
    const int fd = mkstemp(name.data());
    if (fd < 0)
        throw Error(Exit::environment, fmt::format("cannot write {}: {}", name, std::strerror(errno)));
    Command command;
    command.argv = argv;
    command.output = name;
    command.errors = "/dev/null";
    ExitStatus status;
    std::string text;
    try {
        status = run(command);
        char buffer[4096];
        for (ssize_t n = 0; (n = read(fd, buffer, sizeof buffer)) > 0;)
            text.append(buffer, static_cast<size_t>(n));
    } catch (...) {
        close(fd);
        unlink(name.c_str());
        throw;
    }
    close(fd);
    unlink(name.c_str());
    if (!status.ok()) throw Error(Exit::run_failed, fmt::format("{}: {}", argv[0], status.describe()));
    return text;
}

}  // namespace stackshift
