// SPDX-License-Identifier: MIT
// Counters: arithmetic from recorded buffers, names, reasons; and software events live where they can be
// opened.
#include <gtest/gtest.h>

#include <cerrno>
#include <cstdint>
#include <cstring>

#include "counters/event.h"
#include "counters/event_names.h"
#include "counters/group_read.h"
#include "counters/tracepoint.h"
#include "exec/chain.h"
#include "results/event_reads.h"
#include "results/summary.h"
#include "support/temporary_directory.h"
#include "target/protocol.h"
#include "util/error.h"
#include "util/files.h"

namespace stackshift {
namespace {

std::string buffer(const std::vector<std::uint64_t>& words) {
    return {reinterpret_cast<const char*>(words.data()), words.size() * sizeof(std::uint64_t)};
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
    const std::vector<std::string> names = {"page-faults", "cycles:k"};
    EventReads reads;
    reads.empty = buffer({2, 100, 100, 0, 50});
    reads.execs = {buffer({2, 1000, 1000, 3, 1050}), buffer({2, 1000, 500, 2, 1000})};
    CellResult cell;
    add_event_reads(cell, names, "perf.", reads, true);
    EXPECT_EQ(cell.metrics.at("perf.page-faults").samples, (std::vector<double>{3, 4}));
    EXPECT_EQ(cell.metrics.at("perf.cycles:k").samples, (std::vector<double>{1000, 1950}));
    EXPECT_NE(cell.metrics.at("perf.cycles:k").unit.find("scaled"), std::string::npos) << "marked";

    CellResult kept;
    add_event_reads(kept, names, "perf.", reads, false);
    EXPECT_EQ(kept.metrics.at("perf.cycles:k").samples, (std::vector<double>{1050, 2000}));

    EventReads never = reads;
    never.execs.push_back(buffer({2, 1000, 0, 0, 0}));
    CellResult none;
    add_event_reads(none, names, "perf.", never, true);
    EXPECT_TRUE(none.metrics.empty());
    EXPECT_NE(none.unavailable.at("perf.page-faults").find("running = 0"), std::string::npos);
    never.execs.back() = "short";
    CellResult unread;
    add_event_reads(unread, names, "perf.", never, true);
    EXPECT_TRUE(unread.metrics.empty());
    EXPECT_EQ(unread.unavailable.size(), 2U);
}

TEST(EventReads, SeedsAddUpOrAreUnavailableTogether) {
    const std::vector<std::string> names = {"page-faults"};
    const EventReads first = {buffer({1, 10, 10, 0}), {buffer({1, 100, 100, 3}), buffer({1, 100, 100, 5})}};
    const EventReads shared = {buffer({1, 10, 10, 0}), {buffer({1, 100, 50, 2})}};
    CellResult cell;
    add_event_reads(cell, names, "perf.", first, true);
    EXPECT_EQ(cell.metrics.at("perf.page-faults").unit, "1");
    add_event_reads(cell, names, "perf.", shared, true);
    add_event_reads(cell, names, "perf.", first, true);
    const Metric& metric = cell.metrics.at("perf.page-faults");
    EXPECT_EQ(metric.samples, (std::vector<double>{3, 5, 4, 3, 5}));
    EXPECT_EQ(metric.groups, (std::vector<std::uint64_t>{2, 1, 2}));
    EXPECT_NE(metric.unit.find("scaled"), std::string::npos) << "one scaled seed marks the metric";

    // A seed that has no count takes the others' with it, and a later one does not bring them back.
    add_event_reads(cell, names, "perf.", {"", {buffer({1, 100, 0, 0})}}, true);
    add_event_reads(cell, names, "perf.", first, true);
    EXPECT_TRUE(cell.metrics.empty());
    EXPECT_EQ(cell.unavailable.size(), 1U);
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
    const TemporaryDirectory directory;
    const std::filesystem::path& tracefs = directory.path;
    write_file_atomically(tracefs / "events/tlb/tlb_flush/id", "321\n");
    std::string reason;
    EXPECT_EQ(tracepoint_id("tlb:tlb_flush", tracefs, reason), 321);
    EXPECT_EQ(tracepoint_id("tlb:none", tracefs, reason), -1);
    EXPECT_EQ(reason, "this kernel has no tracepoint tlb:none");
}

TEST(Events, NearestTracepoints) {
    const TemporaryDirectory directory;
    const std::filesystem::path& tracefs = directory.path;
    for (const char* name : {"tlb/tlb_flush", "sched/sched_switch", "sched/sched_wakeup", "kmem/kmalloc"}) {
        write_file_atomically(tracefs / "events" / name / "id", "1\n");
    }
    write_file_atomically(tracefs / "events/tlb/enable", "0\n");
    const std::vector<std::string> nearest = nearest_tracepoints("tlb:tlb_flsh", tracefs);
    ASSERT_EQ(nearest.size(), 3U);
    EXPECT_EQ(nearest[0], "tlb:tlb_flush");
    EXPECT_TRUE(nearest_tracepoints("tlb:tlb_flsh", "/no/such/tracefs").empty());
}

TEST(Events, TracepointsAreToldFromModifiers) {
    for (const char* name : {"tlb:tlb_flush", "syscalls:sys_enter_execve", "vendor-x:a_b"})
        EXPECT_TRUE(looks_like_tracepoint(name)) << name;
    for (const char* name : {"instructions:k", "cycles:uk", "perf::CYCLES", "page-faults", ":tlb_flush",
                             "tlb:", "tlb:../../passwd", "a:b:cde", "tlb:tlb flush"})
        EXPECT_FALSE(looks_like_tracepoint(name)) << name;
}

TEST(Events, AnUnknownNameIsAnErrorWithTheNearest) {
    for (const auto& [wrong, nearest] :
         {std::pair{"page-fault", "PAGE-FAULTS"}, std::pair{"instrctions:k", "INSTRUCTIONS"},
          std::pair{"tlb:../../x", "nearest: "}}) {
        try {
            encode_events({"page-faults", wrong});
            ADD_FAILURE() << wrong;
        } catch (const Error& error) {
            EXPECT_EQ(error.code, Exit::usage);
            EXPECT_NE(std::string(error.what()).find(wrong), std::string::npos) << error.what();
            EXPECT_NE(std::string(error.what()).find(nearest), std::string::npos) << error.what();
        }
    }
}

TEST(Events, EncodingsForAGuestReadBack) {
    for (const Event& event : encode_events({"page-faults", "cycles:k", "tlb:tlb_flush"})) {
        perf_event_attr attr = {};
        ASSERT_TRUE(decode_attr(encode_attr(event.attr), attr)) << event.name;
        EXPECT_EQ(std::memcmp(&attr, &event.attr, sizeof attr), 0) << event.name;
    }
    // type 1 (PERF_TYPE_SOFTWARE), size 0, config 2 (PERF_COUNT_SW_PAGE_FAULTS), little endian.
    perf_event_attr attr = {};
    attr.type = PERF_TYPE_SOFTWARE;
    attr.config = PERF_COUNT_SW_PAGE_FAULTS;
    EXPECT_EQ(encode_attr(attr), "010000000000000002");
    // A tracepoint's id is another one in the guest.
    attr.type = PERF_TYPE_TRACEPOINT;
    attr.config = 321;
    EXPECT_EQ(encode_attr(attr), "02");
    for (const char* bad : {"", "0", "0g", "0G", "01 2"}) EXPECT_FALSE(decode_attr(bad, attr)) << bad;
    EXPECT_FALSE(decode_attr(std::string(2 * sizeof attr + 2, '0'), attr));
}

TEST(Events, ANameTwiceIsCountedOnce) {
    EXPECT_EQ(encode_events({"page-faults", "page-faults"}).size(), 1U);
}

TEST(Events, TheDefaultListCanBeEncoded) {
    EXPECT_EQ(encode_events(default_events()).size(), default_events().size());
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
            request.stall_limit_ms = 20'000;
            request.events = event_config(groups[0], from_switch);
            const ChainOutcome outcome = run_chain(request);
            if (outcome.status == CellStatus::unavailable) continue;
            ASSERT_EQ(outcome.status, CellStatus::ok) << name << ": " << outcome.reason;
            CellResult cell;
            add_event_reads(cell, {"page-faults", "context-switches", "cpu-migrations"}, "perf.",
                            {outcome.empty_events, outcome.events}, !from_switch);
            for (auto& [metric_name, metric] : cell.metrics) summarise(metric, false);
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
