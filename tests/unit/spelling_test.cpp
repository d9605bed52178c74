// SPDX-License-Identifier: MIT
// Every enum's spellings: each value has one, each spelling is one value's, and files depend on them.
#include "util/spelling.h"

#include <gtest/gtest.h>

#include <set>

#include "boot/verdict.h"
#include "matrix/part.h"
#include "matrix/phase.h"
#include "report/claims.h"
#include "results/result.h"

namespace stackshift {
namespace {

/// The spellings of E, which must be those given: they stand in files, so none may change without a new
/// version of them.
template <typename E>
void expect_spellings(E last, const std::vector<std::string>& expected) {
    EXPECT_EQ(spellings<E>(), expected);
    // The tables are in the order of the enum, so that the last value tells whether one is missing.
    ASSERT_EQ(static_cast<std::size_t>(last) + 1, expected.size());
    std::set<E> values;
    for (const std::string& text : expected) {
        const std::optional<E> value = parse<E>(text);
        ASSERT_TRUE(value) << text;
        EXPECT_EQ(to_string(*value), text);
        values.insert(*value);
    }
    EXPECT_EQ(values.size(), expected.size());
    EXPECT_FALSE(parse<E>(""));
    EXPECT_FALSE(parse<E>(expected.front() + " "));
}

TEST(Spelling, IsWhatFilesHold) {
    expect_spellings(ExecPath::shell, {"self-exec", "script", "dynamic", "thread-exec", "vfork-exec",
                                       "fork-exec", "posix-spawn", "shell"});
    expect_spellings(Part::resumed,
                     {"child.start", "child.exec", "child.spawned", "child.end", "parent.resumed"});
    expect_spellings(Abi::i386, {"native", "i386"});
    expect_spellings(Aslr::off, {"aslr", "noaslr"});
    expect_spellings(Place::both, {"argv", "env", "both"});
    expect_spellings(Shape::big_env, {"long", "short", "typical", "kernel-build", "configure", "ci-job",
                                      "linker", "big-env"});
    expect_spellings(CellStatus::unavailable, {"ok", "failed", "unavailable"});
    expect_spellings(Instrument::clock, {"exact", "clock"});
    expect_spellings(Phase::remainder,
                     {"alloc", "init", "inode", "strings", "search", "early_place", "detach", "mm_switch",
                      "place", "elf_map", "tables", "evict", "free", "remainder"});
    expect_spellings(BootEnd::emulator,
                     {"ok", "panic", "time-out", "wrong-kernel", "guest-error", "truncated", "emulator"});
}

TEST(Spelling, IsWhatPagesShow) {
    expect_spellings(ClaimId::get_user_pages,
                     {"compat-pays", "native-pays", "unacceptable", "unnoticed", "flushes",
                      "userstack-overhead", "userstack-collides", "userstack-rlimits", "userstack-failures",
                      "lesser-evil", "swappable", "hard-to-maintain", "linked-list", "get-user-pages"});
    expect_spellings(Speaker::ours, {"Al Viro", "David Miller", "Hugh Dickins", "stackshift"});
    expect_spellings(ClaimVerdict::not_measured,
                     {"confirmed", "partly", "refuted", "not measurable", "not measured"});
}

}  // namespace
}  // namespace stackshift
