// SPDX-License-Identifier: MIT
#include "conform/support/stopped.h"

#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <signal.h>
#include <sys/fanotify.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "conform/support/machine.h"
#include "conform/support/raw_exec.h"

namespace stackshift {
namespace {

// The longest exec of these tests takes a second on a debug kernel.
constexpr int kPatienceMs = 20'000;
constexpr int kStepMs = 2;

template <typename Condition>
bool within_patience(Condition&& condition) {
    for (int waited = 0; waited < kPatienceMs; waited += kStepMs) {
        if (condition()) return true;
        usleep(kStepMs * 1000);
    }
    return condition();
}

/// Whether there is something to read before the exec ends.
bool readable(int fd, const BackgroundExec& exec) {
    pollfd poll_fd = {fd, POLLIN, 0};
    within_patience([&] { return poll(&poll_fd, 1, 0) != 0 || exec.ended(); });
    return (poll_fd.revents & POLLIN) != 0;
}

int descriptor_of(pid_t pid, int fd) {
    const int process = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
    if (process < 0) return -1;
    const int copy = static_cast<int>(syscall(SYS_pidfd_getfd, process, fd, 0));
    close(process);
    return copy;
}

/// Has the kernel wait and tell when it needs the page, which is not there; -1 where it cannot.
int watch_page(std::uint64_t page) {
    const int fd = static_cast<int>(syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK));
    uffdio_api api = {};
    api.api = UFFD_API;
    uffdio_register range = {};
    range.range = {page, kPage};
    range.mode = UFFDIO_REGISTER_MODE_MISSING;
    if (fd < 0 || ioctl(fd, UFFDIO_API, &api) != 0 || ioctl(fd, UFFDIO_REGISTER, &range) != 0) return -1;
    // Not 0 in any case, which says that nothing was told yet.
    return above_the_probes(fd);
}

}  // namespace

BackgroundExec::BackgroundExec(Exec exec) : exec_(std::move(exec)) {
    exec_.prepare = [this, prepare = exec_.prepare] {
        if (prepare) prepare();
        told_->pid = getpid();
    };
    thread_ = std::thread([this] {
        seen_ = run(exec_);
        told_->ended = true;
    });
}

BackgroundExec::~BackgroundExec() {
    if (thread_.joinable()) kill();
}

Seen BackgroundExec::wait() {
    if (!within_patience([this] { return told_->ended; })) return kill();
    thread_.join();
    return seen_;
}

Seen BackgroundExec::kill() {
    within_patience([this] { return told_->pid != 0 || told_->ended; });
    if (!told_->ended && told_->pid != 0) ::kill(told_->pid, SIGKILL);
    thread_.join();
    return seen_;
}

StoppedExec::StoppedExec(const Exec& exec, std::size_t missing, const std::function<void()>& before)
    : text_(exec.argv[missing]), background_(stopping(exec, missing, before)) {
    text_.resize(kPage);
    stopped_ = wait_for_fault();
}

StoppedExec::~StoppedExec() {
    if (fault_fd_ >= 0) close(fault_fd_);
}

Exec StoppedExec::stopping(const Exec& exec, std::size_t missing, const std::function<void()>& before) {
    Exec result = exec;
    result.call = [this, exec, missing, before] {
        LowMemory memory(LowMemory::room(exec.argv) + LowMemory::room(exec.env) + 2 * kPage);
        // The page is not touched before the kernel wants its string.
        LowMemory page(kPage);
        std::vector<std::uint64_t> argv;
        for (std::size_t i = 0; i < exec.argv.size(); ++i)
            argv.push_back(i == missing ? page.place() : memory.string(exec.argv[i]));
        const RawExec raw = {memory.string(exec.file), memory.vector(argv, exec.compat),
                             memory.strings(exec.env, exec.compat), exec.compat};
        told_->page = page.place();
        if (before) before();
        told_->fd = watch_page(page.place());
        return execute(raw);
    };
    return result;
}

bool StoppedExec::wait_for_fault() {
    if (!within_patience([this] { return told_->fd != 0 || background_.ended(); }) || told_->fd <= 0)
        return false;
    fault_fd_ = descriptor_of(pid(), told_->fd);
    uffd_msg message = {};
    if (fault_fd_ < 0 || !readable(fault_fd_, background_) ||
        read(fault_fd_, &message, sizeof message) != static_cast<ssize_t>(sizeof message)) {
        return false;
    }
    const std::string call = read_text("/proc/" + std::to_string(pid()) + "/syscall");
    return message.event == UFFD_EVENT_PAGEFAULT && message.arg.pagefault.address == told_->page &&
           (call.rfind("59 ", 0) == 0 || call.rfind("11 ", 0) == 0);
}

Seen StoppedExec::go_on() {
    uffdio_copy copy = {};
    copy.dst = told_->page;
    copy.src = reinterpret_cast<std::uint64_t>(text_.data());
    copy.len = kPage;
    ioctl(fault_fd_, UFFDIO_COPY, &copy);
    return background_.wait();
}

Gate::Gate(const std::string& path, std::uint64_t events)
    : fd_(fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC | FAN_NONBLOCK, O_RDONLY | O_CLOEXEC)) {
    fanotify_mark(fd_, FAN_MARK_ADD, events, AT_FDCWD, path.c_str());
}

Gate::~Gate() {
    if (file_ >= 0) answer(true);
    close(fd_);
}

bool Gate::wait(const BackgroundExec& exec) {
    if (!readable(fd_, exec)) return false;
    fanotify_event_metadata event = {};
    if (read(fd_, &event, sizeof event) != static_cast<ssize_t>(sizeof event)) return false;
    file_ = event.fd;
    return true;
}

void Gate::answer(bool allow) {
    fanotify_response response = {};
    response.fd = file_;
    response.response = allow ? FAN_ALLOW : FAN_DENY;
    // A caller that has been killed waits for no answer.
    if (write(fd_, &response, sizeof response) < 0) {
    }
    close(file_);
    file_ = -1;
}

}  // namespace stackshift
