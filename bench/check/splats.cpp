// SPDX-License-Identifier: MIT
#include "check/splats.h"

#include "util/pattern.h"

namespace stackshift {
namespace {

constexpr size_t kMostSplats = 8;
constexpr int kLinesAfter = 4;

/// How the kernel's complaints begin (lib/bug.c, kernel/locking/lockdep.c, mm/kasan/report.c,
/// mm/page_alloc.c, kernel/fork.c check_mm(), kernel/hung_task.c, kernel/rcu/tree_stall.h, mm/kmemleak.c,
/// ...); not its advice on mitigations.
bool begins_splat(const std::string& line) {
    static const Pattern telling(
        R"(WARNING: (?!See )|BUG: |BUG [a-z]|INFO: task |INFO: possible |INFO: rcu|INFO: suspicious|Oops: |)"
        R"(general protection fault|Kernel panic|KASAN: |UBSAN: |kmemleak: [1-9]\d* new suspected|Bad page state|)"
        R"(list_(add|del) corruption|refcount_t: |unable to handle|soft lockup)");
    return telling.found_in(line);
}

}  // namespace

std::vector<std::string> find_splats(std::string_view console) {
    std::vector<std::string> splats;
    int following = 0;
    while (!console.empty()) {
        const size_t end = std::min(console.find('\n'), console.size());
        std::string line(console.substr(0, end));
        console.remove_prefix(std::min(end + 1, console.size()));
        while (!line.empty() && line.back() == '\r') line.pop_back();
        if (following > 0) {
            splats.back() += '\n' + line;
            --following;
        } else if (begins_splat(line)) {
            if (splats.size() == kMostSplats) break;
            splats.push_back(line);
            following = kLinesAfter;
        }
    }
    return splats;
}

}  // namespace stackshift
