// SPDX-License-Identifier: MIT
// Group storm: what an exec has staged is in the process's resident set at each moment, also between the
// switch to the new address space and the placement of the stack, for which an OOM killer may have to wait:
// the old address space is taken down in between.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>

#include "conform/support/machine.h"
#include "conform/support/sizes.h"
#include "conform/support/stopped.h"
#include "conform/tests/parts.h"

namespace stackshift {
namespace {

constexpr std::size_t kStaged = 5 << 20;
/// Takes some milliseconds to take down, and a look some ten microseconds.
constexpr std::size_t kResident = std::size_t{96} << 20;

void have_resident() {
    if (mmap(nullptr, kResident, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0) ==
        MAP_FAILED)
        _exit(1);
}

/// The least memory without a file that the process was seen to have while its new address space had no
/// program yet.
struct Least {
    long kib = -1;  ///< -1: it was not seen then
    std::string ended;
};

/// What /proc/PID/status says between the switch and the placement; -1 where it is not of that time.
long rss_of_new(const std::string& status) {
    // Shared memory is what a strategy may stage in; the program has none of its own.
    const long kib = line_number(status, "RssAnon") + line_number(status, "RssShmem");
    const bool is_old = kib >= static_cast<long>(kResident >> 10) / 2;
    return is_old || line_number(status, "VmExe") != 0 ? -1 : kib;
}

Least watch_exec(const char* file) {
    BackgroundExec background({.file = file, .argv = strings_of(kStaged), .prepare = have_resident});
    while (background.pid() == 0 && !background.ended()) usleep(100);
    const std::string path = "/proc/" + std::to_string(background.pid()) + "/status";
    const int status = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    Least least;
    char text[4096];
    // The kernel reads one count after the other: a page that goes from one to the other in between is seen
    // in neither. So two looks in a row have to miss it.
    long before = -1;
    while (!background.ended()) {
        const ssize_t n = pread(status, text, sizeof text, 0);
        const long kib = n <= 0 ? -1 : rss_of_new(std::string(text, static_cast<std::size_t>(n)));
        const long seen = before < 0 || kib < 0 ? -1 : std::max(before, kib);
        if (seen >= 0) least.kib = least.kib < 0 ? seen : std::min(least.kib, seen);
        before = kib;
    }
    close(status);
    least.ended = background.wait().ended();
    return least;
}

}  // namespace

void test_visible(Tap& tap) {
    for (const char* file : {kProbe64, kProbe32}) {
        // A busy host may run the looker too late.
        Least least;
        for (int i = 0; i < 10 && least.kib < 0; ++i) {
            least = watch_exec(file);
            if (least.ended != "ok") break;
        }
        // Each CPU keeps some pages of the count to itself.
        constexpr long kEnoughKib = (kStaged >> 10) - 1024;
        const std::string row = std::string("storm/switching-rss-") + (file == kProbe64 ? "native" : "i386");
        tap.comment(row + ": at least " + std::to_string(least.kib) + " KiB");
        tap.expect(row + "-big",
                   least.ended != "ok"       ? least.ended
                   : least.kib < 0           ? "not seen"
                   : least.kib >= kEnoughKib ? "as staged"
                                             : "hidden",
                   "as staged");
    }
}

}  // namespace stackshift
