// SPDX-License-Identifier: MIT
// Group prediction: where the stack of a program with more privileges than its caller will be, the caller
// must not learn before the program runs.
#include <sys/resource.h>
#include <unistd.h>

#include <cstdint>
#include <vector>

#include "conform/support/caller.h"
#include "conform/support/machine.h"
#include "conform/support/stopped.h"
#include "conform/tests/parts.h"

namespace stackshift {
namespace {

/// More than a page table spans, so that wherever the strings lie there is a place where the next one begins.
constexpr std::size_t kStrings = 520;
constexpr std::uint64_t kTableSpan = 512 * kPage;
constexpr int kDraws = 12;
/// By chance, one draw in 512 has a page table added there.
constexpr int kByChance = 1;

/// Page tables of the machine, exactly. Each CPU keeps some of the count to itself until it is asked for
/// them.
long page_tables() {
    return write_text("/proc/sys/vm/stat_refresh", "1") ? vmstat("nr_page_table_pages") : -1;
}

/// What the caller of an exec sees of page tables each time that an argument is wanted, and where they are.
struct Watched {
    std::vector<long> tables = std::vector<long>(kStrings);
    std::string ended;
    std::uint64_t first_string = 0;

    /// Whether a page table was added while argument `i` was staged.
    bool grew_at(std::size_t i) const { return i > 0 && tables[i - 1] > tables[i]; }
};

Watched watch(const std::string& file) {
    Watched watched;
    std::size_t asked_for = 0;
    const Seen seen = run_string_by_string(
        {.file = file, .prepare = become_unprivileged}, kStrings,
        [&](std::size_t argument) { watched.tables[argument] = page_tables(); }, asked_for);
    watched.ended = asked_for == kStrings ? seen.ended() : "not stopped: " + seen.ended();
    if (seen.whole && seen.header.secure != 1) watched.ended = "not privileged";
    watched.first_string = seen.header.first_string;
    return watched;
}

/// Whether a page table was added exactly where the new program's stack goes on to the next one.
bool is_told(const Watched& watched) {
    const std::uint64_t end = watched.first_string + kStrings * kPage;
    for (std::uint64_t border = end / kTableSpan * kTableSpan; border > watched.first_string;
         border -= kTableSpan) {
        if (watched.grew_at((border - 1 - watched.first_string) / kPage)) return true;
    }
    return false;
}

/// A caller that has each string wait for it sees in the machine's page tables at which of them staging went
/// on to the next page table. If strings are staged where the stack will be, that tells 9 bits of its
/// address; then it goes on, or kills the exec and draws again.
void watch_page_tables(Tap& tap, const std::string& name, const char* program) {
    const std::string row = "prediction/page-tables-" + name;
    const std::string file = "/page-tables";
    copy_program(program, file, 04755);
    // FUSE can stall a reader of its pages just as well, and needs no sysctl.
    const std::string unprivileged = "/proc/sys/vm/unprivileged_userfaultfd";
    write_text(unprivileged, "1");
    int told = 0;
    int grown = 0;
    std::string ended = "ok";
    for (int i = 0; i < kDraws && ended == "ok"; ++i) {
        const Watched watched = watch(file);
        ended = watched.ended;
        if (ended == "ok" && is_told(watched)) ++told;
        bool grew = false;
        for (std::size_t string = 1; string < kStrings; ++string) grew = grew || watched.grew_at(string);
        if (grew) ++grown;
    }
    unlink(file.c_str());
    write_text(unprivileged, "0");
    if (page_tables() < 0) return tap.skip(row, "no exact counts (vm.stat_refresh)");
    tap.comment(row + ": told in " + std::to_string(told) + " of " + std::to_string(kDraws) +
                " execs, page tables grew in " + std::to_string(grown));
    tap.expect(row,
               ended != "ok"      ? ended
               : told > kByChance ? "tell " + std::to_string(told) + " of " + std::to_string(kDraws)
                                  : "tell nothing",
               "tell nothing");
}

}  // namespace

void test_secrets(Tap& tap) {
    watch_page_tables(tap, "native", kProbe64);
    watch_page_tables(tap, "i386", kProbe32);
}

}  // namespace stackshift
