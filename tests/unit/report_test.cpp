// SPDX-License-Identifier: MIT
#include "guest/report.h"

#include <gtest/gtest.h>

#include <cstdint>

#include "counters/group_read.h"

namespace stackshift {
namespace {

// Line count and checksum by a separate program (Python, FNV-1a 64).
const std::string kReport =
    "stackshift-guest 1\nrelease 6.12.117\nversion #1 SMP\nstrategy -\ncell 0 ok\nticks 10 20 30\n"
    "counter tlb.flush_all 3\ncell 1 failed exec 1 of 5: execve: E2BIG (Argument list too long)\n"
    "end_ticks 12345\n";
const std::string kEnd = "end 9 13581193480181126917\n";

TEST(Report, ReadsAWholeOne) {
    GuestReport report;
    std::string problem;
    ASSERT_EQ(parse_report(kReport + kEnd, report, problem), ReportState::whole) << problem;
    EXPECT_EQ(report.release, "6.12.117");
    EXPECT_EQ(report.version, "#1 SMP");
    EXPECT_EQ(report.strategy, "-");
    ASSERT_EQ(report.cells.size(), 2U);
    EXPECT_EQ(report.cells[0].ticks, (std::vector<std::uint64_t>{10, 20, 30}));
    EXPECT_EQ(report.cells[0].counters.at("tlb.flush_all"), 3U);
    EXPECT_EQ(report.cells[1].status, CellStatus::failed);
    EXPECT_EQ(report.cells[1].reason, "exec 1 of 5: execve: E2BIG (Argument list too long)");
    EXPECT_EQ(report.end_ticks, 12345U);
}

// The same; checksum by the same separate program.
const std::string kEventReport =
    "stackshift-guest 1\n"
    "cell 0 ok\n"
    "cell 1 failed no\n"
    "event_unavailable cycles:k no PMU that counts it\n"
    "event_group page-faults tlb:tlb_flush\n"
    "event_chain 0 1 0 ok\n"
    "event_empty 2 10 10 0 0\n"
    "event_read 2 100 100 3 1\n"
    "event_read 2 120 120 4 1\n"
    "event_chain 0 0 0 failed exec 1 of 5: execve: E2BIG\n"
    "end_ticks 9\n";
const std::string kEventEnd = "end 11 3882963087148956073\n";

TEST(Report, ReadsEvents) {
    GuestReport report;
    std::string problem;
    ASSERT_EQ(parse_report(kEventReport + kEventEnd, report, problem), ReportState::whole) << problem;
    EXPECT_EQ(report.events_unavailable.at("cycles:k"), "no PMU that counts it");
    ASSERT_EQ(report.event_groups.size(), 1U);
    EXPECT_EQ(report.event_groups[0], (std::vector<std::string>{"page-faults", "tlb:tlb_flush"}));
    ASSERT_EQ(report.event_chains.size(), 2U);
    const GuestEventChain& chain = report.event_chains[0];
    EXPECT_EQ(chain.cell, 0U);
    EXPECT_EQ(chain.window, 1U);
    EXPECT_EQ(chain.status, CellStatus::ok);
    ASSERT_EQ(chain.reads.size(), 2U);
    const auto read = parse_group_read(chain.reads[1], 2);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->enabled, 120U);
    EXPECT_EQ(read->values, (std::vector<std::uint64_t>{4, 1}));
    ASSERT_TRUE(parse_group_read(chain.empty, 2));
    EXPECT_EQ(report.event_chains[1].reason, "exec 1 of 5: execve: E2BIG");
    EXPECT_TRUE(report.event_chains[1].reads.empty());
}

TEST(Report, EventLinesOutOfPlaceAreRefused) {
    for (const char* line : {"event_chain 1 0 0 ok", "event_chain 0 0 1 ok", "event_chain 0 0",
                             "event_read 1 2", "event_what"}) {
        ReportLines lines;
        std::string text;
        for (const char* each : {"stackshift-guest 1", "cell 0 ok", "event_group page-faults", line})
            text += lines.line(each);
        text += lines.end();
        GuestReport report;
        std::string problem;
        EXPECT_EQ(parse_report(text, report, problem), ReportState::broken) << line;
    }
}

TEST(Report, WriterAndReaderAgree) {
    ReportLines lines;
    std::string text;
    for (const char* line : {"stackshift-guest 1", "cell 0 ok", "phase strings 1 2"})
        text += lines.line(line);
    text += lines.end();
    GuestReport report;
    std::string problem;
    EXPECT_EQ(parse_report(text, report, problem), ReportState::whole) << problem;
    EXPECT_EQ(report.cells.at(0).phases.at(Phase::strings).size(), 2U);
}

TEST(Report, EveryTruncationIsSeen) {
    const std::string whole = kReport + kEnd;
    for (size_t length = 0; length < whole.size(); ++length) {
        GuestReport report;
        std::string problem;
        EXPECT_NE(parse_report(whole.substr(0, length), report, problem), ReportState::whole) << length;
        EXPECT_FALSE(problem.empty());
    }
}

TEST(Report, EveryFlippedByteIsSeen) {
    for (size_t i = 0; i < kReport.size(); ++i) {
        std::string text = kReport + kEnd;
        text[i] = static_cast<char>(text[i] ^ 1);
        GuestReport report;
        std::string problem;
        EXPECT_NE(parse_report(text, report, problem), ReportState::whole) << i;
    }
}

TEST(Report, FaultsAreToldApart) {
    GuestReport report;
    std::string problem;
    EXPECT_EQ(parse_report("", report, problem), ReportState::empty);
    EXPECT_EQ(parse_report("hello\n", report, problem), ReportState::broken);
    EXPECT_EQ(parse_report("stackshift-guest 1\nerror bad plan: x\n", report, problem), ReportState::error);
    EXPECT_EQ(problem, "bad plan: x");
    EXPECT_EQ(parse_report(kReport, report, problem), ReportState::truncated);
}

TEST(Report, CountsCellsOfAGrowingOne) {
    EXPECT_EQ(count_cells(kReport), 2U);
    EXPECT_EQ(count_cells("stackshift-guest 1\n"), 0U);
}

}  // namespace
}  // namespace stackshift
