// SPDX-License-Identifier: MIT
#include "conform/support/stopped.h"

#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <signal.h>
#include <sys/fanotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
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

/// Whether the exec has come to need a page that is watched: its address.
bool read_fault(int fd, std::uint64_t& page) {
    uffd_msg message = {};
    if (read(fd, &message, sizeof message) != static_cast<ssize_t>(sizeof message)) return false;
    page = message.arg.pagefault.address / kPage * kPage;
    return message.event == UFFD_EVENT_PAGEFAULT;
}

/// Brings a page of this text.
void bring(int fd, std::uint64_t page, const std::string& text) {
    uffdio_copy copy = {};
    copy.dst = page;
    copy.src = reinterpret_cast<std::uint64_t>(text.data());
    copy.len = kPage;
    ioctl(fd, UFFDIO_COPY, &copy);
}

}  // namespace

int descriptor_of(pid_t pid, int fd) {
    const int process = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
    if (process < 0) return -1;
    const int copy = static_cast<int>(syscall(SYS_pidfd_getfd, process, fd, 0));
    close(process);
    return copy;
}

int watch_pages(std::uint64_t place, std::size_t pages) {
    const int fd = static_cast<int>(syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK));
    uffdio_api api = {};
    api.api = UFFD_API;
    uffdio_register range = {};
    range.range = {place, pages * kPage};
    range.mode = UFFDIO_REGISTER_MODE_MISSING;
    if (fd < 0 || ioctl(fd, UFFDIO_API, &api) != 0 || ioctl(fd, UFFDIO_REGISTER, &range) != 0) return -1;
    // Not 0 in any case, which says that nothing was told yet.
    return above_the_probes(fd);
}

BackgroundExec::BackgroundExec(Exec exec) : exec_(std::move(exec)) {
    exec_.prepare = [this, prepare = exec_.prepare] {
        if (prepare) prepare();
        told_->pid = getpid();
    };
    started_.emplace(exec_);
    thread_ = std::thread([this] {
        seen_ = started_->finish();
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
        told_->fd = watch_pages(page.place(), 1);
        return execute(raw);
    };
    return result;
}

bool StoppedExec::wait_for_fault() {
    if (!within_patience([this] { return told_->fd != 0 || background_.ended(); }) || told_->fd <= 0)
        return false;
    fault_fd_ = descriptor_of(pid(), told_->fd);
    std::uint64_t page = 0;
    if (fault_fd_ < 0 || !readable(fault_fd_, background_) || !read_fault(fault_fd_, page)) return false;
    const std::string call = read_text("/proc/" + std::to_string(pid()) + "/syscall");
    return page == told_->page && (call.rfind("59 ", 0) == 0 || call.rfind("11 ", 0) == 0);
}

Seen StoppedExec::go_on() {
    bring(fault_fd_, told_->page, text_);
    return background_.wait();
}

Seen run_string_by_string(const Exec& exec, std::size_t strings,
                          const std::function<void(std::size_t)>& asked, std::size_t& asked_for) {
    struct Told {
        volatile int fd;
        volatile std::uint64_t place;
    };
    const Need need(Facility::userfaultfd);
    const Shared<Told> told;
    Exec watched = exec;
    watched.call = [&] {
        LowMemory rest(LowMemory::room(exec.env) + (strings + 4) * sizeof(std::uint64_t) + 2 * kPage);
        LowMemory pages(strings * kPage);
        // The page tables of this memory are there before the exec, its pages are not.
        auto* const memory = reinterpret_cast<char*>(pages.place());
        std::vector<std::uint64_t> argv;
        for (std::size_t i = 0; i < strings; ++i) {
            memory[i * kPage] = 'x';
            argv.push_back(pages.place() + i * kPage);
        }
        madvise(memory, strings * kPage, MADV_DONTNEED);
        const RawExec raw = {rest.string(exec.file), rest.vector(argv, exec.compat),
                             rest.strings(exec.env, exec.compat), exec.compat};
        told->place = pages.place();
        told->fd = watch_pages(pages.place(), strings);
        return execute(raw);
    };
    asked_for = 0;
    BackgroundExec background(watched);
    if (!within_patience([&] { return told->fd != 0 || background.ended(); }) || told->fd <= 0)
        return background.kill();
    const int faults = descriptor_of(background.pid(), told->fd);
    const std::string text = std::string(kPage - 1, 'x') + '\0';
    std::uint64_t page = 0;
    while (faults >= 0 && asked_for < strings && readable(faults, background) && read_fault(faults, page)) {
        asked((page - told->place) / kPage);
        bring(faults, page, text);
        ++asked_for;
    }
    close(faults);
    return background.wait();
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
