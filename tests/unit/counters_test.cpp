// SPDX-License-Identifier: MIT
// Counters: arithmetic from recorded buffers, names, reasons; and software events live where they can be
// opened.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "counters/event.h"
#include "counters/group_read.h"
#include "host/events.h"
#include "target/protocol.h"
#include "util/error.h"
#include "util/files.h"

namespace stackshift {
namespace {

std::string buffer(const std::vector<std::uint64_t>& words) {
    return {reinterpret_cast<const char*>(words.data()), words.size() * sizeof(std::uint64_t)};
}

Event event_named(const std::string& name) {
    Event event;
    event.name = name;
    return event;
}

TEST(GroupRead, WholeAndMultiplexed) {
    // nr, time_enabled, time_running, values: perf_event_open(2), "Reading results".
    const auto whole = parse_group_read(buffer({2, 1000, 1000, 7, 9}), 2);
    ASSERT_TRUE(whole);
    EXPECT_EQ(counting(*whole), Counting::whole);
    EXPECT_EQ(scaled(whole->values[1], *whole), 9);
    const auto shared = parse_group_read(buffer({1, 1000, 250, 100}), 1);
    ASSERT_TRUE(shared);
    EXPECT_EQ(counting(*shared), Counting::multiplexed);
    EXPECT_EQ(scaled(shared->values[0], *shared), 400);
}

TEST(GroupRead, NeverRunIsNoZero) {
    const auto read = parse_group_read(buffer({1, 1000, 0, 0}), 1);
    ASSERT_TRUE(read);
    EXPECT_EQ(counting(*read), Counting::never);
}

TEST(GroupRead, ShortOrForeignBuffersAreRefused) {
    const std::string good = buffer({2, 1000, 1000, 7, 9});
    for (size_t length = 0; length < good.size(); ++length) {
        EXPECT_FALSE(parse_group_read(good.substr(0, length), 2)) << length;
    }
    EXPECT_FALSE(parse_group_read(good + "x", 2));
    EXPECT_FALSE(parse_group_read(good, 1));
    EXPECT_FALSE(parse_group_read(buffer({3, 1000, 1000, 7, 9}), 2)) << "says it holds three";
    EXPECT_FALSE(parse_group_read(buffer({1, 1000, 1001, 7}), 1)) << "ran longer than it was enabled";
}

TEST(GroupRead, OverheadNeverGoesBelowZero) {
    EXPECT_EQ(without_overhead(10, 3), 7);
    EXPECT_EQ(without_overhead(2, 3), 0);
}

TEST(EventReads, BecomeMetricsOrReasons) {
    const std::vector<Event> group = {event_named("page-faults"), event_named("cycles:k")};
    ChainOutcome outcome;
    outcome.empty_events = buffer({2, 100, 100, 0, 50});
    outcome.events = {buffer({2, 1000, 1000, 3, 1050}), buffer({2, 1000, 500, 2, 1000})};
    CellResult cell;
    add_event_reads(cell, group, "perf.", outcome, true);
    EXPECT_EQ(cell.metrics.at("perf.page-faults").samples, (std::vector<double>{3, 4}));
    EXPECT_EQ(cell.metrics.at("perf.cycles:k").samples, (std::vector<double>{1000, 1950}));
    EXPECT_NE(cell.metrics.at("perf.cycles:k").unit.find("scaled"), std::string::npos) << "marked";

    CellResult kept;
    add_event_reads(kept, group, "perf.", outcome, false);
    EXPECT_EQ(kept.metrics.at("perf.cycles:k").samples, (std::vector<double>{1050, 2000}));

    outcome.events.push_back(buffer({2, 1000, 0, 0, 0}));
    CellResult never;
    add_event_reads(never, group, "perf.", outcome, true);
    EXPECT_TRUE(never.metrics.empty());
    EXPECT_NE(never.unavailable.at("perf.page-faults").find("running = 0"), std::string::npos);
    outcome.events.back() = "short";
    CellResult unread;
    add_event_reads(unread, group, "perf.", outcome, true);
    EXPECT_TRUE(unread.metrics.empty());
    EXPECT_EQ(unread.unavailable.size(), 2U);
}

TEST(Events, ReasonsSayWhatToDo) {
    EXPECT_NE(open_error_reason(ENOENT, true, "2").find("no PMU"), std::string::npos);
    EXPECT_EQ(open_error_reason(ENOENT, false, "2"), "this kernel does not have it");
    EXPECT_NE(open_error_reason(EACCES, true, "3").find("kernel.perf_event_paranoid is 3"),
              std::string::npos);
    std::string reason;
    EXPECT_EQ(tracepoint_id("tlb:tlb_flush", "/no/such/tracefs", reason), -1);
    EXPECT_NE(reason.find("mount -t tracefs"), std::string::npos) << reason;
}

TEST(Events, TracepointIdsComeFromTracefs) {
    const std::filesystem::path tracefs =
        std::filesystem::temp_directory_path() / ("tracefs-" + std::to_string(getpid()));
    write_file_atomically(tracefs / "events/tlb/tlb_flush/id", "321\n");
    std::string reason;
    EXPECT_EQ(tracepoint_id("tlb:tlb_flush", tracefs, reason), 321);
    EXPECT_EQ(tracepoint_id("tlb:none", tracefs, reason), -1);
    EXPECT_EQ(reason, "this kernel has no tracepoint tlb:none");
    std::filesystem::remove_all(tracefs);
}

TEST(Events, AnUnknownNameIsAnErrorWithTheNearest) {
    try {
        find_events({"page-fault"});
        find_events({"instrctions:k"});
        ADD_FAILURE();
    } catch (const Error& error) {
        EXPECT_EQ(error.code, Exit::usage);
        EXPECT_NE(std::string(error.what()).find("nearest: "), std::string::npos);
    }
}

TEST(Events, ConfigsOfBothWindows) {
    const std::vector<Event> events = find_events({"page-faults", "context-switches"});
    for (const bool from_switch : {false, true}) {
        const std::string config = event_config(events, from_switch);
        ASSERT_EQ(config.size(), 8 + 2 * protocol::kEventAttrBytes);
        protocol::EventConfig head = {};
        std::memcpy(&head, config.data(), sizeof head);
        EXPECT_EQ(head.count, 2U);
        EXPECT_EQ(head.enable_now, from_switch ? 0U : 1U);
        perf_event_attr leader = {};
        std::memcpy(&leader, config.data() + 8, protocol::kEventAttrBytes);
        EXPECT_EQ(leader.disabled, 1U);
        EXPECT_EQ(leader.enable_on_exec, from_switch ? 1U : 0U);
        EXPECT_EQ(leader.size, protocol::kEventAttrBytes);
        perf_event_attr member = {};
        std::memcpy(&member, config.data() + 8 + protocol::kEventAttrBytes, protocol::kEventAttrBytes);
        EXPECT_EQ(member.disabled, 0U) << "it follows its leader";
    }
}

TEST(Events, SoftwareEventsLiveThroughTheSamePath) {
    const std::vector<Event> events = find_events({"page-faults", "context-switches", "cpu-migrations"});
    for (const Event& event : events) {
        if (!event.unavailable.empty())
            GTEST_SKIP() << "skipped: " << event.name << ": " << event.unavailable;
    }
    const auto groups = group_events(events);
    ASSERT_EQ(groups.size(), 1U) << "software events share a group";
    for (const char* name : {"self-exec/native/noaslr/argv:33p/long", "self-exec/i386/aslr/argv:8p/long"}) {
        for (const bool from_switch : {false, true}) {
            ChainRequest request;
            request.cell = parse_cell(name).value();
            request.execs = 5;
            request.directory = GUEST_DIR;
            request.time_limit_ms = 20'000;
            request.events = event_config(groups[0], from_switch);
            const ChainOutcome outcome = run_chain(request);
            if (outcome.status == ChainOutcome::Status::unavailable) continue;
            ASSERT_EQ(outcome.status, ChainOutcome::Status::ok) << name << ": " << outcome.reason;
            CellResult cell;
            add_event_reads(cell, groups[0], "perf.", outcome, !from_switch);
            const Metric& faults = cell.metrics.at("perf.page-faults");
            EXPECT_EQ(faults.samples.size(), 5U);
            // The new program's first instruction is a fault; get_user_pages() faults are not counted by
            // perf, or the 33 staged pages would show.
            EXPECT_GE(faults.min, 1) << name;
            EXPECT_LT(faults.max, 12) << name;
            EXPECT_LE(cell.metrics.at("perf.cpu-migrations").max, 1);
        }
    }
}

}  // namespace
}  // namespace stackshift
