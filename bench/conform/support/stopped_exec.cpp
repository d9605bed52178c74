// SPDX-License-Identifier: MIT
#include "conform/support/stopped_exec.h"

#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "conform/support/arrival.h"
#include "conform/support/shared.h"

namespace stackshift {
namespace {

int open_userfault() {
    const int fd = static_cast<int>(syscall(SYS_userfaultfd, O_CLOEXEC));
    uffdio_api api = {};
    api.api = UFFD_API;
    if (fd >= 0 && ioctl(fd, UFFDIO_API, &api) == 0) return fd;
    if (fd >= 0) close(fd);
    return -1;
}

/// A page whose first access waits for `fd`'s reader.
char* missing_page(int fd) {
    void* page = mmap(nullptr, kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) return nullptr;
    uffdio_register range = {};
    range.range = {reinterpret_cast<std::uintptr_t>(page), kPage};
    range.mode = UFFDIO_REGISTER_MODE_MISSING;
    return ioctl(fd, UFFDIO_REGISTER, &range) == 0 ? static_cast<char*>(page) : nullptr;
}

/// False where nobody asks for the page within ten seconds.
bool await_fault(int fd) {
    pollfd wait = {.fd = fd, .events = POLLIN, .revents = 0};
    uffd_msg message = {};
    return poll(&wait, 1, 10'000) == 1 && read(fd, &message, sizeof message) == sizeof message &&
           message.event == UFFD_EVENT_PAGEFAULT;
}

void bring(int fd, char* page, const std::string& text) {
    alignas(kPage) static char content[kPage];
    text.copy(content, kPage - 1);
    uffdio_copy copy = {};
    copy.dst = reinterpret_cast<std::uintptr_t>(page);
    copy.src = reinterpret_cast<std::uintptr_t>(content);
    copy.len = kPage;
    ioctl(fd, UFFDIO_COPY, &copy);
}

}  // namespace

bool can_stop() {
    const int fd = open_userfault();
    if (fd >= 0) close(fd);
    return fd >= 0;
}

Seen run_stopped(const Exec& exec, const std::string& last, const std::function<void()>& meanwhile,
                 bool& stopped) {
    struct State {
        bool stopped;
        int error;
    };
    const Shared<State> state;
    Exec stopping = exec;
    stopping.prepare = [&] {
        if (exec.prepare) exec.prepare();
        const int fd = open_userfault();
        char* page = fd < 0 ? nullptr : missing_page(fd);
        if (page == nullptr) _exit(1);
        if (fork() == 0) {
            state->stopped = await_fault(fd);
            if (state->stopped) meanwhile();
            bring(fd, page, last);
            _exit(0);
        }
        std::vector<char*> argv;
        std::vector<char*> env;
        for (const std::string& text : exec.argv) argv.push_back(const_cast<char*>(text.c_str()));
        for (const std::string& text : exec.env) env.push_back(const_cast<char*>(text.c_str()));
        argv.push_back(page);
        argv.push_back(nullptr);
        env.push_back(nullptr);
        execve(exec.file.c_str(), argv.data(), env.data());
        state->error = errno;
        _exit(1);
    };
    Seen seen = run(stopping);
    seen.error = state->error;
    // The page's bringer is an orphan by now, and ours: as init's children are.
    while (waitpid(-1, nullptr, 0) > 0) {
    }
    stopped = state->stopped;
    return seen;
}

}  // namespace stackshift
