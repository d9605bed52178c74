// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <sstream>

#include "matrix/filter.h"
#include "matrix/plan.h"
#include "util/files.h"

namespace stackshift {
namespace {

Cell cell_named(const std::string& name) {
    const auto cell = parse_cell(name);
    EXPECT_TRUE(cell) << name;
    return cell.value_or(Cell{});
}

TEST(Matrix, HasEveryCellOnce) {
    // 15 sizes of long argv, 14 each of env and both (no 0p), 13 each of three places of short, 1 typical; 4
    // times for two ABIs with and without ASLR. Of the other paths 5 sizes of long argv and 1 typical: six
    // paths as often, shell for one ABI. Of self-exec and vfork-exec the 5 recorded shapes.
    EXPECT_EQ(all_cells().size(), (15U + 2 * 14 + 3 * 13 + 1) * 4 + 6U * (6 * 4 + 2) + 2U * (5 * 4));
    std::set<std::string> names;
    for (const Cell& cell : all_cells()) names.insert(cell.name());
    EXPECT_EQ(names.size(), all_cells().size());
}

TEST(Matrix, NamesReadBack) {
    // Spelt out by hand: a name that its own formatter wrote proves nothing of the spelling.
    const std::pair<const char*, Cell> known[] = {
        {"self-exec/native/aslr/argv:8p/long",
         {ExecPath::self_exec, Abi::native, Aslr::on, 8, Shape::long_strings, Place::argv}},
        {"self-exec/i386/noaslr/both:1p/typical",
         {ExecPath::self_exec, Abi::i386, Aslr::off, 1, Shape::typical, Place::both}},
        {"self-exec/i386/aslr/env:1024p/short",
         {ExecPath::self_exec, Abi::i386, Aslr::on, 1024, Shape::short_strings, Place::env}},
        {"vfork-exec/native/noaslr/argv:0p/long",
         {ExecPath::vfork_exec, Abi::native, Aslr::off, 0, Shape::long_strings, Place::argv}}};
    for (const auto& [name, cell] : known) {
        EXPECT_EQ(cell.name(), name);
        EXPECT_EQ(cell_named(name), cell);
    }
    for (const Cell& cell : all_cells()) EXPECT_EQ(cell_named(cell.name()), cell);
}

TEST(Matrix, WrongNamesAreNoCells) {
    for (const char* name : {"",
                             "self-exec",
                             "self-exec/native/aslr/argv:8p",
                             "self-exec/native/aslr/argv:8p/",
                             "self-exec/native/aslr/argv:8/long",
                             "self-exec/native/aslr/argv:p/long",
                             "self-exec/native/aslr/argv:-8p/long",
                             "self-exec/native/aslr/argv:+8p/long",
                             "self-exec/native/aslr/argv:08p/long",
                             "self-exec/native/aslr/argv:8xp/long",
                             "self-exec/native/aslr/argv:8p/long/",
                             "self-exec/native/aslr/argv:8p/long ",
                             " self-exec/native/aslr/argv:8p/long",
                             "self-exec/native/aslr/argv:8p/lon",
                             "self-exec/native/aslr/argv:99999999999p/long",
                             "self-exec/native/ASLR/argv:8p/long",
                             "vfork/native/aslr/argv:8p/long",
                             "self-exec/x32/aslr/argv:8p/long",
                             "self-exec//native/aslr/argv:8p/long",
                             "self-exec/native/aslr/both:8pp/long"}) {
        EXPECT_FALSE(parse_cell(name)) << name;
    }
}

TEST(Matrix, KnowsWhichCellsItHas) {
    EXPECT_TRUE(is_in_matrix(cell_named("self-exec/native/aslr/argv:8p/long")));
    for (const char* name : {"self-exec/native/aslr/argv:1536p/short", "self-exec/native/aslr/env:0p/long",
                             "self-exec/native/aslr/argv:3p/long", "shell/i386/aslr/argv:0p/long",
                             "fork-exec/native/aslr/env:1p/long"}) {
        EXPECT_FALSE(is_in_matrix(cell_named(name))) << name;
    }
}

// Each string with its NUL; 97 bytes of state.
const std::map<ExecPath, std::uint64_t> kOwnByHand = {
    {ExecPath::self_exec, 10 + 10 + 97},          // "./chain64" twice
    {ExecPath::script, 11 + 11 + 11 + 97},        // "./script64" twice, "./interp64"
    {ExecPath::dynamic, 12 + 12 + 97},            // "./dynamic64" twice
    {ExecPath::thread_exec, 11 + 11 + 97},        // "./thread64" twice
    {ExecPath::vfork_exec, 10 + 10 + 97},         // "./child64" twice, and so on
    {ExecPath::fork_exec, 10 + 10 + 97},          //
    {ExecPath::posix_spawn, 10 + 10 + 97},        //
    {ExecPath::shell, 7 + 7 + 3 + 2 + 10 + 97}};  // "./dash" twice, "-c", ":", "./child64"

TEST(Matrix, StringsFillThePagesButFor512Bytes) {
    for (const Cell& cell : all_cells()) {
        const Payload payload = payload_of(cell);
        const std::uint64_t bytes = payload.argv.bytes() + payload.env.bytes();
        if (cell.pages == 0) {
            EXPECT_EQ(bytes, 0U);
        } else if (cell.shape == Shape::typical) {
            EXPECT_EQ(payload.argv.bytes(), 60U);
            EXPECT_EQ(payload.env.bytes(), 2560U);
        } else if (is_recorded(cell.shape)) {
            EXPECT_LE(bytes + 512 + kOwnByHand.at(cell.path), static_cast<std::uint64_t>(cell.pages) * 4096);
            EXPECT_GT(bytes + 512 + kOwnByHand.at(cell.path),
                      static_cast<std::uint64_t>(cell.pages - 1) * 4096);
        } else {
            EXPECT_EQ(bytes + kOwnByHand.at(cell.path), static_cast<std::uint64_t>(cell.pages) * 4096 - 512)
                << cell.name();
        }
    }
}

/// The exec in the middle of a recording, by bytes.
std::vector<std::uint64_t> middle_of(const std::string& recording) {
    std::istringstream lines(read_file(PROJECT_DIR "/results/recorded/" + recording + ".csv"));
    std::vector<std::vector<std::uint64_t>> execs;
    std::string line;
    std::getline(lines, line);
    while (std::getline(lines, line)) {
        std::istringstream fields(line);
        execs.emplace_back();
        for (std::string field; std::getline(fields, field, ',');) execs.back().push_back(std::stoull(field));
    }
    EXPECT_GT(execs.size(), 100U) << recording;
    const auto bytes = [](const std::vector<std::uint64_t>& exec) { return exec.at(1) + exec.at(3); };
    std::sort(execs.begin(), execs.end(), [&](const auto& a, const auto& b) {
        return bytes(a) != bytes(b) ? bytes(a) < bytes(b) : a < b;
    });
    return execs[execs.size() / 2];
}

TEST(Matrix, RecordedShapesAreTheMiddlesOfTheirRecordings) {
    for (const Shape shape : {Shape::kernel_build, Shape::configure, Shape::ci_job}) {
        const Payload payload = fixed_payload(shape).value();
        EXPECT_EQ((std::vector<std::uint64_t>{payload.argv.count, payload.argv.bytes(), payload.env.count,
                                              payload.env.bytes()}),
                  middle_of(std::string(to_string(shape))))
            << to_string(shape);
    }
    EXPECT_EQ(fixed_payload(Shape::linker)->argv.bytes(), 100U * 1024);
    EXPECT_EQ(fixed_payload(Shape::big_env)->env.bytes(), 32U * 1024);
}

TEST(Matrix, FitsTheKernelsSixMebibytes) {
    // fs/exec.c bprm_stack_limits(): strings and a pointer of 8 bytes each, whatever the ABI, share 3/4 of 8
    // MiB.
    for (const Cell& cell : all_cells()) {
        const Payload payload = payload_of(cell);
        const std::uint64_t strings = payload.argv.bytes() + payload.env.bytes() + own_bytes(cell.path);
        const std::uint64_t pointers = 8ULL * (payload.argv.count + payload.env.count + 2);
        EXPECT_LE(strings + pointers, 6ULL << 20) << cell.name();
        for (const auto& set : {payload.argv, payload.env}) {
            EXPECT_LE(set.length, 131072U);
            if (!is_recorded(cell.shape)) {
                EXPECT_LE(set.last, std::max(set.length, 1U));
            }
            if (set.count > 0) {
                EXPECT_GE(set.last, 1U) << cell.name();
            }
        }
    }
}

TEST(Matrix, LargestCellsByHand) {
    const Payload longest = payload_of(cell_named("self-exec/native/aslr/argv:1536p/long"));
    EXPECT_EQ(longest.argv.count, 48U);
    EXPECT_EQ(longest.argv.last, 130443U);  // 1536 * 4096 - 512 - 117 - 47 * 131072
    const Payload most = payload_of(cell_named("self-exec/i386/aslr/argv:1024p/short"));
    EXPECT_EQ(most.argv.count, 262105U);
    EXPECT_EQ(most.argv.last, 11U);  // 1024 * 4096 - 512 - 117 - 262104 * 16
}

TEST(Matrix, HalvesForBoth) {
    const Payload payload = payload_of(cell_named("self-exec/native/aslr/both:1p/long"));
    EXPECT_EQ(payload.argv.bytes(), 1734U);  // 3467 bytes, the odd one in argv
    EXPECT_EQ(payload.env.bytes(), 1733U);
}

// Expected values by a separate program (Python, from the description in target/protocol.h).
TEST(Matrix, Checksums) {
    EXPECT_EQ(payload_checksum(payload_of(cell_named("self-exec/native/aslr/both:1p/typical"))), 0x6ea70908U);
    EXPECT_EQ(payload_checksum(payload_of(cell_named("self-exec/native/aslr/argv:1p/long"))), 0xff106718U);
    EXPECT_EQ(payload_checksum(payload_of(cell_named("self-exec/native/aslr/argv:2p/short"))), 0x2a9e7b18U);
}

TEST(Matrix, EveryWordOfTheLargestPayloadDiffers) {
    std::set<std::uint32_t> words;
    for (std::uint32_t i = 0; i < (6U << 20) / 4; ++i) words.insert(protocol::payload_word(i));
    EXPECT_EQ(words.size(), (6U << 20) / 4);
    EXPECT_EQ(protocol::payload_word(0), 0x30303030U);   // "0000"
    EXPECT_EQ(protocol::payload_word(63), 0x3030306fU);  // "o000"
    EXPECT_EQ(protocol::payload_word(64), 0x30303130U);  // "0100"
}

TEST(Matrix, ProfilesNestAndShowTheEffect) {
    const Plan smoke = make_plan("smoke");
    const Plan quick = make_plan("quick");
    EXPECT_EQ(make_plan("full").cells.size(), all_cells().size());
    EXPECT_LE(smoke.cells.size(), 20U);
    const auto has = [](const Plan& plan, const Cell& cell) {
        return std::any_of(plan.cells.begin(), plan.cells.end(),
                           [&](const auto& p) { return p.cell == cell; });
    };
    for (const PlannedCell& planned : smoke.cells) EXPECT_TRUE(has(quick, planned.cell));
    for (const Cell& cell : all_cells()) {
        const bool grid = cell.path == ExecPath::self_exec && cell.shape == Shape::long_strings &&
                          cell.place == Place::argv;
        EXPECT_TRUE(!grid || has(quick, cell)) << cell.name();
    }
    EXPECT_TRUE(make_plan("quik").cells.empty());
}

TEST(Matrix, OtherPathsStandBehindAllSelfExecs) {
    // What stands before a cell in a boot is part of what it counts.
    for (const char* profile : {"smoke", "quick", "full"}) {
        const Plan plan = make_plan(profile);
        const auto other = [](const PlannedCell& p) { return p.cell.path != ExecPath::self_exec; };
        const auto first = std::find_if(plan.cells.begin(), plan.cells.end(), other);
        EXPECT_NE(first, plan.cells.end());
        EXPECT_TRUE(std::all_of(first, plan.cells.end(), other)) << profile;
    }
}

TEST(Matrix, QuickHasEachPathWithItsControl) {
    const Plan plan = make_plan("quick");
    for (const ExecPathInfo& path : kExecPaths) {
        for (const char* rest : {"/native/aslr/argv:0p/long", "/native/noaslr/argv:0p/long",
                                 "/native/aslr/argv:1p/long", "/native/noaslr/argv:1p/long"}) {
            const Cell cell = cell_named(std::string(to_string(path.path)) + rest);
            EXPECT_TRUE(std::any_of(plan.cells.begin(), plan.cells.end(), [&](const PlannedCell& p) {
                return p.cell == cell;
            })) << cell.name();
        }
    }
}

TEST(Matrix, NeverUnderFiveExecs) {
    for (const Cell& cell : all_cells()) EXPECT_GE(planned_execs(cell), 5U);
}

TEST(Matrix, PlanReadsBack) {
    const Plan plan = make_plan("quick");
    Plan read;
    std::string problem;
    ASSERT_TRUE(parse_plan(plan.text(), read, problem)) << problem;
    EXPECT_EQ(read.text(), plan.text());
    EXPECT_FALSE(parse_plan("", read, problem));
    EXPECT_FALSE(parse_plan("stackshift-plan 2\n", read, problem));
    EXPECT_FALSE(parse_plan("stackshift-plan 1\nself-exec/native/aslr/argv:8p/long 0\n", read, problem));
    EXPECT_FALSE(parse_plan("stackshift-plan 1\nself-exec/native/aslr/argv:9p/long 5\n", read, problem));
    EXPECT_EQ(problem, "self-exec/native/aslr/argv:9p/long 5");
}

TEST(Matrix, EventsRideInThePlan) {
    Plan plan = select_plan({"smoke", "native/aslr/argv:8p"});
    const Plan without = plan;
    plan.events = {{"page-faults", "01"}, {"tlb:tlb_flush", "02"}};
    // Behind the cells, and another plan: its counts are another experiment's.
    EXPECT_EQ(plan.text(), without.text() + "event page-faults 01\nevent tlb:tlb_flush 02\n");
    Plan read;
    std::string problem;
    ASSERT_TRUE(parse_plan(plan.text(), read, problem)) << problem;
    EXPECT_EQ(read.text(), plan.text());
    ASSERT_TRUE(parse_plan(without.text(), read, problem));
    EXPECT_TRUE(read.events.empty());
    for (const char* bad : {"event page-faults\n", "event page-faults \n", "event  01\n"})
        EXPECT_FALSE(parse_plan(without.text() + bad, read, problem)) << bad;
    // 200 execs, and twice 20 for two windows.
    EXPECT_DOUBLE_EQ(plan.estimated_instructions() / without.estimated_instructions(), 240.0 / 200);
}

TEST(Matrix, FilterLooksAnywhereInTheName) {
    const Plan plan = select_plan({"quick", "i386/.*:33p"});
    EXPECT_FALSE(plan.cells.empty());
    for (const PlannedCell& planned : plan.cells) {
        EXPECT_EQ(planned.cell.abi, Abi::i386);
        EXPECT_EQ(planned.cell.pages, 33);
    }
}

}  // namespace
}  // namespace stackshift
