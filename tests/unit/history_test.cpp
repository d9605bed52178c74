// SPDX-License-Identifier: MIT
#include "gate/history.h"

#include <gtest/gtest.h>

#include "gate/history_text.h"
#include "results/save.h"
#include "support/made_results.h"
#include "support/temporary_directory.h"
#include "util/error.h"
#include "util/files.h"

namespace stackshift {
namespace {

const std::string kCell = "self-exec/native/noaslr/argv:8p/long";

std::string day(std::size_t i) {
    return "2026-08-" + std::string(i < 9 ? "0" : "") + std::to_string(i + 1) + "T12:00:00Z";
}

/// One run of a tree's commit; the same image where `image` is the same.
Result commit_run(std::size_t i, double count, char image) {
    Result result = made_result(Instrument::exact, "run-" + std::to_string(i));
    result.run.started = day(i);
    KernelInfo& kernel = made_kernel(result, std::string(12, static_cast<char>('a' + i)), image);
    kernel.commit = std::string(40, static_cast<char>('a' + i));
    kernel.subject = "change " + std::to_string(i);
    CellResult& cell = made_count(result, kernel.strategy, kCell, {{count}, {count}, {count}});
    cell.metrics["phase.strings"] =
        made_metric("instructions", {{count - 5}, {count - 5}, {count - 5}}, true);
    return result;
}

TEST(History, CommitsAreOneLineAndTheStepIsNamed) {
    HistoryFiles files;
    files.results = {commit_run(0, 1000, '1'), commit_run(1, 1000, '2'), commit_run(2, 1003, '3'),
                     commit_run(3, 1003, '3')};
    const HistoryReport report = history_of(files, {});
    ASSERT_EQ(report.series.size(), 1U);
    EXPECT_EQ(report.series[0].points.size(), 4U);
    ASSERT_EQ(report.series[0].steps.size(), 1U);
    EXPECT_EQ(report.series[0].steps[0].at, 2U);
    EXPECT_EQ(report.series[0].steps[0].before, 1000);
    EXPECT_EQ(report.series[0].steps[0].after, 1003);
    EXPECT_EQ(report.series[0].steps[0].part, "phase.strings");
    const std::string text = history_text(report, false);
    EXPECT_EQ(
        text.find("4 runs from 2026-08-01T12:00:00Z to 2026-08-04T12:00:00Z, instructions: 1 of 1 cells"), 0U)
        << text;
    EXPECT_NE(text.find("run run-2, cccccccccccc \"change 2\": 1 cell stepped"), std::string::npos) << text;
}

TEST(History, ACellThatBeginsToFailSteps) {
    HistoryFiles files;
    files.results = {commit_run(0, 1000, '1'), commit_run(1, 1000, '2')};
    CellResult& cell = files.results[1].cells[0];
    cell.status = CellStatus::failed;
    cell.reason = "execve: ENOMEM";
    cell.metrics.clear();
    const HistoryReport report = history_of(files, {});
    ASSERT_EQ(report.series[0].steps.size(), 1U);
    EXPECT_EQ(report.series[0].steps[0].rule, "execve: ENOMEM");
    EXPECT_FALSE(report.series[0].steps[0].after);
}

TEST(History, ABreakIsSaidAndNoStep) {
    HistoryFiles files;
    files.results = {commit_run(0, 1000, '1'), commit_run(1, 2000, '2')};
    files.results[1].kernels[0].compiler = "gcc 14";
    const HistoryReport report = history_of(files, {});
    EXPECT_TRUE(report.series[0].steps.empty());
    ASSERT_EQ(report.notes.size(), 1U);
    EXPECT_NE(report.notes[0].find("compiler"), std::string::npos);
}

TEST(History, TimesStepWhereTheRunsSayIt) {
    HistoryFiles files;
    for (std::size_t i = 0; i < 20; ++i) {
        Result result = made_result(Instrument::clock, "run-" + std::to_string(i));
        result.run.started = day(i);
        made_kernel(result, "running", '0');
        // 0.4 % of noise, and 5 % more from the eleventh run on.
        const double level = i < 10 ? 17000 : 17850;
        made_time(result, kCell, {{level * (1 + 0.004 * (static_cast<double>(i * 7 % 11) / 5 - 1))}});
        files.results.push_back(result);
    }
    const HistoryReport report = history_of(files, {});
    ASSERT_EQ(report.series.at(0).steps.size(), 1U);
    EXPECT_EQ(report.series[0].steps[0].at, 10U);
    EXPECT_NEAR(*report.series[0].steps[0].after, 17850, 80);
    GateRequest request;
    request.relative_floor = 6;
    EXPECT_TRUE(history_of(files, request).series[0].steps.empty()) << "below the floor";
}

TEST(History, AFolderIsReadOldestFirst) {
    const TemporaryDirectory directory;
    save_result(commit_run(1, 1001, '2'), directory.path / "a" / "result.json");
    save_result(commit_run(0, 1000, '1'), directory.path / "later.json");
    write_file_atomically(directory.path / "other.json", "{}");
    Result other = commit_run(2, 5, '4');
    other.run.started = "2020-01-01T00:00:00Z";
    other.run.profile = "quick";
    save_result(other, directory.path / "b" / "result.json");
    const HistoryFiles files = load_history(directory.path);
    ASSERT_EQ(files.results.size(), 3U);
    EXPECT_EQ(files.results[1].run.id, "run-0");
    const HistoryReport report = history_of(files, {});
    EXPECT_EQ(report.runs.size(), 2U);
    ASSERT_EQ(report.notes.size(), 2U);
    EXPECT_NE(report.notes[0].find("other.json"), std::string::npos);
    EXPECT_NE(report.notes[1].find("1 result is left out"), std::string::npos);
    EXPECT_THROW(load_history(directory.path / "none"), Error);
}

}  // namespace
}  // namespace stackshift
