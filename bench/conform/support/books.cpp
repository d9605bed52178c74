// SPDX-License-Identifier: MIT
#include "conform/support/books.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <string>
#include <utility>

#include "conform/support/exec.h"
#include "conform/support/process_view.h"

namespace stackshift {

namespace {

/// Charges are taken in batches of so many pages; slabs and lists vary by about as many.
constexpr long kBatch = 64;

/// What init, which keeps the books, needs itself: pages that it shared with its child and wrote to since.
constexpr long kOwnPages = 16;

/// What KASAN takes for backtraces, and for the shadow of stacks in vmalloc space, which are freed late. A
/// kernel that forgets what was staged loses some thousand pages.
constexpr long kShadowPages = 512;

/// Waits until nothing is freed any more: RCU frees a few objects per tick.
void wait_for_rcu() {
    constexpr int kSteps = 50;
    constexpr int kQuiet = 3;
    long slab = meminfo_kib("Slab");
    for (int step = 0, quiet = 0; step < kSteps && quiet < kQuiet; ++step) {
        usleep(100'000);
        const long now = meminfo_kib("Slab");
        quiet = now < slab ? 0 : quiet + 1;
        slab = now;
    }
}

/// The sum of all values of this name in /proc/zoneinfo, over zones, CPUs and nodes.
long sum_of(const std::string& zoneinfo, const std::string& name) {
    long sum = 0;
    std::istringstream lines(zoneinfo);
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string first;
        long value = 0;
        if (words >> first >> value && first == name) sum += value;
    }
    return sum;
}

/// Pages that are neither free nor in slabs, less a constant. The pages that CPUs keep at hand, any number of
/// them, count as free.
long pages_used(const std::string& zoneinfo) {
    long used = 0;
    for (const char* name : {"nr_free_pages", "count:", "nr_slab_reclaimable", "nr_slab_unreclaimable"})
        used -= sum_of(zoneinfo, name);
    return used;
}

/// /proc/zoneinfo, all from one reading. Pages go from slabs to the CPUs' lists and from there to the free
/// ones at any time (KASAN frees objects by the MiB, a CPU's timer a thousand pages), so that counts of two
/// readings do not add up. A move in the middle of a reading shows as a difference between two readings.
std::string zones_at_rest() {
    constexpr int kTries = 50;
    constexpr long kSame = 16;
    std::string before = read_text("/proc/zoneinfo");
    for (int i = 0;; ++i) {
        std::string now = read_text("/proc/zoneinfo");
        if (i == kTries || std::labs(pages_used(now) - pages_used(before)) <= kSame) return now;
        before = std::move(now);
        usleep(10'000);
    }
}

/// What a file of the worker's /proc directory has under this name, in pages; 0 where there is no worker.
long own_pages(const Worker* worker, const char* file, const std::string& name) {
    if (worker == nullptr) return 0;
    return std::max(proc_kib(worker->pid(), file, name), 0L) / 4;
}

/// Writes to every page that a worker may write to, and to some room for its heap to grow: a page that it
/// shares with init is charged to it when it writes there, which would look like a leak. The room is smaller
/// than what malloc() gives back to the kernel or maps separately.
void own_all_pages() {
    const std::string maps = read_text("/proc/self/maps");
    {
        const std::string room(100 << 10, 'x');
        asm volatile("" : : "r"(room.data()) : "memory");
    }
    std::istringstream lines(maps);
    for (std::string line; std::getline(lines, line);) {
        unsigned long begin = 0;
        unsigned long end = 0;
        char access[5] = {};
        if (std::sscanf(line.c_str(), "%lx-%lx %4s", &begin, &end, access) != 3) continue;
        if (std::string(access) != "rw-p") continue;
        for (unsigned long at = begin; at < end; at += kPage) {
            auto* const byte = reinterpret_cast<volatile char*>(at);
            *byte = *byte;
        }
    }
}

}  // namespace

Books close_books(const MemoryGroup& group, const Worker* worker) {
    wait_for_rcu();
    // Adds up what the CPUs have counted for themselves.
    write_text("/proc/sys/vm/stat_refresh", "1");
    const std::string zones = zones_at_rest();
    const auto pages = [&](const char* name) { return sum_of(zones, name); };
    const auto charged = [&](const char* name) {
        return Books::Entry{name, group.stat(name) / static_cast<long>(kPage),
                            name == std::string("slab") ? kBatch : 0};
    };
    Books books = {{{"used", pages_used(zones), kBatch},
                    {"anonymous", pages("nr_anon_pages"), kOwnPages},
                    {"tables", pages("nr_page_table_pages")},
                    {"slab", pages("nr_slab_reclaimable") + pages("nr_slab_unreclaimable"), kBatch}},
                   {{"committed", meminfo_kib("Committed_AS") / 4 - own_pages(worker, "status", "VmData")}},
                   {{"charged", group.current() / static_cast<long>(kPage), kBatch},
                    {"anon", charged("anon").pages - own_pages(worker, "smaps_rollup", "Anonymous")},
                    charged("pagetables"),
                    charged("kernel_stack"),
                    charged("slab")}};
    if (is_debug_kernel()) {
        // KASAN keeps freed objects in quarantine, MiB of them, and lost ones are what kmemleak looks for.
        books.memory.pop_back();
        books.charge.front().pages -= books.charge.back().pages;
        books.charge.pop_back();
        books.memory.front().unsure = kShadowPages;
        books.commitment.front().unsure = kOwnPages;
    }
    return books;
}

std::string growth(const std::vector<Books::Entry>& before, const std::vector<Books::Entry>& after,
                   long noise, long times) {
    std::string text;
    for (size_t i = 0; i < before.size(); ++i) {
        const long more = after[i].pages - before[i].pages;
        if (more <= noise || more <= after[i].unsure) continue;
        char rate[64];
        std::snprintf(rate, sizeof rate, "%s%s %.1f", text.empty() ? "" : ", ", after[i].name.c_str(),
                      static_cast<double>(more) / static_cast<double>(times));
        text += rate;
    }
    return text.empty() ? "nothing" : text + " pages each time";
}

Worker::Worker(const MemoryGroup& group, const std::function<std::string()>& once) {
    if (pipe2(orders_, O_CLOEXEC) != 0 || pipe2(reports_, O_CLOEXEC) != 0) return;
    pid_ = fork();
    if (pid_ == 0) {
        group.join();
        own_all_pages();
        close(orders_[1]);
        work(once);
    }
    close(orders_[0]);
    close(reports_[1]);
}

void Worker::work(const std::function<std::string()>& once) const {
    int times = 0;
    while (read(orders_[0], &times, sizeof times) == static_cast<ssize_t>(sizeof times)) {
        char wrong[64] = {};
        while (times-- > 0) {
            const std::string what = once();
            if (!what.empty() && wrong[0] == '\0') std::snprintf(wrong, sizeof wrong, "%s", what.c_str());
        }
        if (write(reports_[1], wrong, sizeof wrong) < 0) break;
    }
    _exit(0);
}

std::string Worker::repeat(int times) {
    char wrong[64] = "the worker died";
    if (write(orders_[1], &times, sizeof times) == static_cast<ssize_t>(sizeof times) &&
        read(reports_[0], wrong, sizeof wrong) < 0) {
        return "the worker died";
    }
    return wrong;
}

Worker::~Worker() {
    close(orders_[1]);
    close(reports_[0]);
    waitpid(pid_, nullptr, 0);
}

}  // namespace stackshift
