// SPDX-License-Identifier: MIT
// Expected floors and verdicts are worked out by hand beside them.
#include "gate/gate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "gate/baseline.h"
#include "gate/gate_text.h"
#include "gate/null_test.h"
#include "gate/self_test.h"
#include "results/json.h"
#include "results/load.h"
#include "results/save.h"
#include "support/errors.h"
#include "support/made_results.h"
#include "support/temporary_directory.h"
#include "util/error.h"

namespace stackshift {
namespace {

const std::string kFixed = "self-exec/native/noaslr/argv:8p/long";
const std::string kDrawn = "self-exec/native/aslr/argv:8p/long";

/// Two kernels; relocate has phases.
Result counts() {
    Result result = made_result(Instrument::exact);
    made_kernel(result, "pristine", '1');
    made_kernel(result, "relocate", '2');
    for (const char* strategy : {"pristine", "relocate"}) {
        made_count(result, strategy, kFixed, {{1000}, {1000}, {1000}});
        made_count(result, strategy, kDrawn, {{1000}, {1010}, {1020}});
    }
    CellResult& cell = result.cells[2];
    cell.metrics["phase.strings"] = made_metric("instructions", {{600}, {600}, {600}}, true);
    cell.metrics["phase.place"] = made_metric("instructions", {{400}, {400}, {400}}, true);
    return result;
}

CellResult& cell_of(Result& result, const std::string& strategy, const std::string& name) {
    return *std::find_if(result.cells.begin(), result.cells.end(), [&](const CellResult& cell) {
        return cell.strategy == strategy && cell.cell.name() == name;
    });
}

void set_count(Result& result, const std::string& strategy, const std::string& name, const Groups& groups) {
    cell_of(result, strategy, name).metrics["instructions"] = made_metric("instructions", groups, true);
}

Finding finding_of(const GateReport& report, const std::string& strategy, const std::string& cell) {
    for (const Finding& finding : report.findings) {
        if (finding.strategy == strategy && finding.cell == cell) return finding;
    }
    ADD_FAILURE() << "no finding of " << strategy << ' ' << cell;
    return {};
}

TEST(Gate, TheSameResultPasses) {
    const GateReport report = judge(counts(), counts(), {});
    EXPECT_FALSE(report.fails());
    EXPECT_EQ(gate_text(report, false),
              "PASS: 4 cells of 2 kernels are as in the baseline, to the instruction.\n");
}

TEST(Gate, OneInstructionOfTheSameImageFailsWithItsPhase) {
    Result found = counts();
    set_count(found, "relocate", kFixed, {{1001}, {1001}, {1001}});
    CellResult& cell = cell_of(found, "relocate", kFixed);
    cell.metrics["phase.strings"] = made_metric("instructions", {{597}, {597}, {597}}, true);
    cell.metrics["phase.place"] = made_metric("instructions", {{404}, {404}, {404}}, true);
    const GateReport report = judge(counts(), found, {});
    const Finding finding = finding_of(report, "relocate", kFixed);
    EXPECT_TRUE(report.fails());
    EXPECT_EQ(finding.verdict, Verdict::worse);
    EXPECT_EQ(finding.change, 1);
    ASSERT_TRUE(finding.part);
    EXPECT_EQ(finding.part->metric, "phase.place");
    EXPECT_EQ(finding.part->found, 404);
    const std::string text = gate_text(report, false);
    EXPECT_EQ(text.find("FAIL: 1 of 4 cells of 2 kernels are not as in the baseline: 1 worse."), 0U) << text;
    EXPECT_NE(text.find("expected 1000, found 1001 instructions: +1, +0.10 %, worse"), std::string::npos)
        << text;
    EXPECT_NE(text.find("moved most: phase.place, 400 to 404 (+4)"), std::string::npos) << text;
}

TEST(Gate, AnImprovementFailsUnlessTheRuleIsNotWorse) {
    Result found = counts();
    set_count(found, "pristine", kFixed, {{990}, {990}, {990}});
    EXPECT_TRUE(judge(counts(), found, {}).fails());
    GateRequest request;
    request.rule = GateRule::not_worse;
    const GateReport report = judge(counts(), found, request);
    EXPECT_FALSE(report.fails());
    EXPECT_EQ(finding_of(report, "pristine", kFixed).verdict, Verdict::better);
    EXPECT_NE(gate_text(report, false).find("1 better (allowed by the rule not-worse)"), std::string::npos);
}

TEST(Gate, BothFloorsMustBeExceeded) {
    Result found = counts();
    set_count(found, "pristine", kFixed, {{1010}, {1010}, {1010}});
    const auto verdict = [&](double absolute, double percent) {
        GateRequest request;
        request.absolute_floor = absolute;
        request.relative_floor = percent;
        return finding_of(judge(counts(), found, request), "pristine", kFixed).verdict;
    };
    EXPECT_EQ(verdict(9, 0.9), Verdict::worse);
    EXPECT_EQ(verdict(10, 0), Verdict::within) << "not above";
    EXPECT_EQ(verdict(0, 1), Verdict::within);
}

TEST(Gate, AnotherImageHasDrawsOfItsOwn) {
    // Variance of 1000, 1010, 1020 in each of three kernels: 100, 6 degrees of freedom. A median of three has
    // 0.6698 of a deviation: 10 * 0.6698 * sqrt 2 = 9.472 of a difference; t(0.975, 6) = 2.4469: 23.18.
    const auto judged = [&](double more) {
        Result found = counts();
        found.kernels[1].image_sha256 = std::string(64, '3');
        set_count(found, "relocate", kDrawn, {{1000 + more}, {1010 + more}, {1020 + more}});
        return finding_of(judge(counts(), found, {}), "relocate", kDrawn);
    };
    EXPECT_EQ(judged(20).verdict, Verdict::within);
    EXPECT_NEAR(*judged(20).draws, 23.18, 0.01);
    // t = 2.53: p is 0.045 alone, 0.045 of two cells is not rare.
    EXPECT_EQ(judged(24).verdict, Verdict::within);
    EXPECT_GT(*judged(24).p, 0.05);
    EXPECT_EQ(judged(100).verdict, Verdict::worse);
    // Without ASLR the seeds agree: one instruction is one of the code.
    Result found = counts();
    found.kernels[1].image_sha256 = std::string(64, '3');
    set_count(found, "relocate", kFixed, {{1001}, {1001}, {1001}});
    EXPECT_EQ(finding_of(judge(counts(), found, {}), "relocate", kFixed).verdict, Verdict::worse);
}

TEST(Gate, OneSeedDecidesOnlyWithoutAslr) {
    const auto one_seed = [](double drawn) {
        Result result = made_result(Instrument::exact);
        made_kernel(result, "pristine", '1');
        made_count(result, "pristine", kDrawn, {{drawn}});
        return result;
    };
    Result found = one_seed(2000);
    EXPECT_TRUE(judge(one_seed(1000), found, {}).fails()) << "the same image";
    found.kernels[0].image_sha256 = std::string(64, '2');
    expect_error(Exit::incomparable, "run.seeds", [&] { judge(one_seed(1000), found, {}); });
    Result baseline = one_seed(1000);
    made_count(baseline, "pristine", kFixed, {{5}});
    made_count(found, "pristine", kFixed, {{5}});
    const GateReport report = judge(baseline, found, {});
    EXPECT_EQ(finding_of(report, "pristine", kDrawn).verdict, Verdict::undecided);
    EXPECT_NE(gate_text(report, false).find("Not decided:"), std::string::npos);
}

TEST(Gate, WhatIsNotThereAnyMoreFails) {
    const auto verdict = [](const std::function<void(Result&, CellResult&)>& change) {
        Result found = counts();
        change(found, found.cells[1]);
        const GateReport report = judge(counts(), found, {});
        EXPECT_TRUE(report.fails());
        return finding_of(report, "pristine", kDrawn).verdict;
    };
    EXPECT_EQ(verdict([](Result& result, CellResult&) { result.cells.erase(result.cells.begin() + 1); }),
              Verdict::missing);
    EXPECT_EQ(verdict([](Result&, CellResult& cell) {
                  cell.status = CellStatus::failed;
                  cell.reason = "execve: E2BIG";
              }),
              Verdict::failed);
    EXPECT_EQ(verdict([](Result&, CellResult& cell) {
                  cell.status = CellStatus::unavailable;
                  cell.reason = "no i386";
              }),
              Verdict::unavailable);
    EXPECT_EQ(verdict([](Result&, CellResult& cell) {
                  cell.metrics.clear();
                  cell.unavailable["instructions"] = "no counter";
              }),
              Verdict::unavailable);
}

TEST(Gate, ACellThatFailedAsDeclaredMayGoOnFailing) {
    Result baseline = counts();
    CellResult& cell = baseline.cells[1];
    cell.status = CellStatus::failed;
    cell.reason = "execve: E2BIG";
    cell.metrics.clear();
    Result found = baseline;
    EXPECT_FALSE(judge(baseline, found, {}).fails());
    found.cells[1].expected = false;
    EXPECT_EQ(finding_of(judge(baseline, found, {}), "pristine", kDrawn).verdict, Verdict::failed);
    EXPECT_EQ(finding_of(judge(baseline, counts(), {}), "pristine", kDrawn).verdict, Verdict::recovered);
}

TEST(Gate, AnotherSettingIsRefusedByItsField) {
    const auto refused = [](const std::string& field, const std::function<void(Result&)>& change) {
        Result found = counts();
        change(found);
        expect_error(Exit::incomparable, field, [&] { judge(counts(), found, {}); });
    };
    refused("run.profile is \"smoke\" in the baseline and \"quick\"",
            [](Result& r) { r.run.profile = "quick"; });
    refused("kernels.relocate.base", [](Result& r) { r.kernels[1].base = "6.12.118"; });
    refused("kernels.relocate.config ", [](Result& r) { r.kernels[1].config = "debug"; });
    refused("kernels.relocate.config_sha256",
            [](Result& r) { r.kernels[1].config_sha256 = std::string(64, 'd'); });
    refused("kernels.pristine.compiler", [](Result& r) { r.kernels[0].compiler = "gcc 14"; });
    refused("environment.emulator",
            [](Result& r) { r.environment["emulator"] = "QEMU emulator version 9.2.0"; });
    refused("run.plan_sha256", [](Result& r) { r.run.plan_sha256 = std::string(64, 'd'); });
    refused("run.guest_sha256", [](Result& r) { r.run.guest_sha256 = std::string(64, 'd'); });
    refused("run.seeds", [](Result& r) { r.run.seeds = {1, 2, 4}; });
    refused("kernels: none is in both", [](Result& r) {
        for (KernelInfo& kernel : r.kernels) kernel.strategy += "x";
    });
    refused("cells: none", [](Result& r) { r.cells.clear(); });
    // A changed patch may bring an option.
    Result found = counts();
    found.kernels[1].config_sha256 = std::string(64, 'd');
    found.kernels[1].patches = {{"0001.patch", std::string(64, 'e')}};
    EXPECT_FALSE(judge(counts(), found, {}).fails());
}

TEST(Gate, KernelsOfOtherNamesArePaired) {
    Result found = counts();
    GateRequest request;
    request.pairing.pairs = {{"pristine", "relocate"}};
    const GateReport report = judge(counts(), found, request);
    EXPECT_EQ(report.kernels, 1U);
    EXPECT_FALSE(report.fails());
    Result old_commit = made_result(Instrument::exact);
    made_kernel(old_commit, "aaaaaaaaaaaa", '1').commit = "aaaaaaaaaaaa00";
    made_count(old_commit, "aaaaaaaaaaaa", kFixed, {{10}});
    Result new_commit = made_result(Instrument::exact);
    made_kernel(new_commit, "bbbbbbbbbbbb", '2').commit = "bbbbbbbbbbbb00";
    made_count(new_commit, "bbbbbbbbbbbb", kFixed, {{11}});
    EXPECT_EQ(finding_of(judge(old_commit, new_commit, {}), "aaaaaaaaaaaa", kFixed).verdict, Verdict::worse);
    request.pairing.pairs = {{"pristin", "relocate"}};
    expect_error(Exit::usage, "did you mean 'pristine'", [&] { judge(counts(), found, request); });
    request = {};
    request.metrics = {"instruction"};
    expect_error(Exit::usage, "did you mean 'instructions'", [&] { judge(counts(), found, request); });
    request = {};
    request.filter = "nothing-has-this";
    expect_error(Exit::usage, "no cell", [&] { judge(counts(), found, request); });
}

TEST(Gate, AMissingKernelIsOneLine) {
    Result found = counts();
    found.kernels.pop_back();
    found.cells.resize(2);
    const GateReport report = judge(counts(), found, {});
    EXPECT_TRUE(report.fails());
    EXPECT_NE(
        gate_text(report, true).find("relocate: missing: the result does not have this kernel, of which the"),
        std::string::npos);
    GateRequest request;
    request.pairing.strategies = {"pristine"};
    EXPECT_FALSE(judge(counts(), found, request).fails());
}

/// A time per round that wobbles by half a percent.
Groups rounds(std::size_t n, double level) {
    Groups groups;
    for (std::size_t i = 0; i < n; ++i)
        groups.push_back({level * (1 + 0.005 * (static_cast<double>(i * 7 % 11) / 5 - 1))});
    return groups;
}

Result times(std::size_t n, double level, double other = 20000) {
    Result result = made_result(Instrument::clock);
    KernelInfo& kernel = made_kernel(result, "running", '0');
    kernel.image_sha256.clear();
    made_time(result, kFixed, rounds(n, level));
    made_time(result, kDrawn, rounds(n, other));
    return result;
}

TEST(Gate, TimesNeedASignificantRatioAboveTheFloor) {
    // Every round is 3 % slower: of 12 rounds p = 2 / 4096, of two cells twice that.
    const Finding slower = finding_of(judge(times(12, 17000), times(12, 17510), {}), "running", kFixed);
    EXPECT_EQ(slower.verdict, Verdict::worse);
    EXPECT_NEAR(*slower.p, 2 * 2.0 / 4096, 1e-12);
    EXPECT_NEAR(slower.change, 0.03 * slower.expected, 1e-6);
    EXPECT_NEAR(slower.percent->low, 3, 1e-9);
    EXPECT_EQ(slower.rounds, 12U);
    // As sure, but under 1 %.
    EXPECT_EQ(finding_of(judge(times(12, 17000), times(12, 17100), {}), "running", kFixed).verdict,
              Verdict::within);
    EXPECT_FALSE(judge(times(12, 17000), times(12, 16000), {}).fails()) << "faster: not-worse";
    // Six rounds: 2 / 64 of two cells is more than 5 %.
    expect_error(Exit::incomparable, "rounds", [] { judge(times(6, 17000), times(6, 34000), {}); });
    Result found = times(12, 17000);
    found.environment["cpu"] = "Another CPU";
    expect_error(Exit::incomparable, "environment.cpu", [&] { judge(times(12, 17000), found, {}); });
    found = times(12, 17000);
    found.environment["thp"] = "never";
    EXPECT_NE(gate_text(judge(times(12, 17000), found, {}), false).find("note: thp was"), std::string::npos);
}

TEST(Gate, SaysWhatItCouldHaveFound) {
    const std::string text = gate_text(judge(times(12, 17000), times(12, 17000, 20100), {}), false);
    EXPECT_NE(text.find("Up to 12 rounds of both. Found 8 times of 10 is a change of"), std::string::npos)
        << text;
}

TEST(Gate, BaselinesKeepTheirReasons) {
    const Result first = make_baseline(counts(), nullptr, "the first", "2026-08-01T12:00:00Z");
    Result later = counts();
    later.run.id = "run-2";
    const Result second = make_baseline(later, &first, "strings are counted once", "2026-08-02T12:00:00Z");
    const TemporaryDirectory directory;
    save_result(second, directory.path / "baseline.json");
    const Result loaded = load_result(directory.path / "baseline.json");
    EXPECT_EQ(last_reason(loaded), "strings are counted once");
    ASSERT_EQ(loaded.environment["baseline"].size(), 2U);
    EXPECT_EQ(loaded.environment["baseline"][0]["reason"], "the first");
    EXPECT_EQ(loaded.environment["baseline"][1]["before"], "run-1");
    const Metric& metric = loaded.cells[1].metrics.at("instructions");
    EXPECT_TRUE(metric.samples.empty());
    EXPECT_EQ(metric.samples_sha256, samples_digest({1000, 1010, 1020}));
    EXPECT_FALSE(judge(loaded, counts(), {}).fails());
    expect_error(Exit::usage, "--reason",
                 [] { make_baseline(counts(), nullptr, " ", "2026-08-01T12:00:00Z"); });
    Result failed = counts();
    failed.cells[0].status = CellStatus::failed;
    failed.cells[0].reason = "a panic";
    failed.cells[0].expected = false;
    expect_error(Exit::usage, "a panic",
                 [&] { make_baseline(failed, nullptr, "x", "2026-08-01T12:00:00Z"); });
}

TEST(Gate, TheSelfTestFindsWhatIsPlanted) {
    for (const Result& result : {counts(), times(12, 17000)}) {
        const std::vector<Plant> plants = self_test(result, {});
        EXPECT_GE(plants.size(), 6U);
        for (const Plant& plant : plants) EXPECT_TRUE(plant.caught) << plant.what << ": " << plant.said;
        EXPECT_EQ(self_test_text(plants).find("The gate found all"), 0U);
    }
    // A gate that cannot find anything says so: six rounds are too few.
    const std::vector<Plant> blind = self_test(times(6, 17000), {});
    EXPECT_FALSE(blind[1].caught);
    EXPECT_NE(self_test_text(blind).find("BLIND"), std::string::npos);
}

/// A cell whose rounds are `times`, in ns.
Result rounds(const std::vector<double>& times) {
    Result result = made_result(Instrument::clock);
    made_kernel(result, "running", 'r');
    Groups groups;
    for (const double time : times) groups.push_back({time});
    made_time(result, kFixed, groups);
    return result;
}

TEST(Gate, RoundsOfOneKernelAreNoChange) {
    // One cell: the sign test needs 6 rounds at 5 %, a side has 8, so 48 rounds are three comparisons.
    EXPECT_FALSE(null_test(rounds(std::vector<double>(47, 1000)), {}));
    std::vector<double> times;
    for (int i = 0; i < 48; ++i) times.push_back(1000 + (i * 7 % 5));
    const std::optional<NullTest> quiet = null_test(rounds(times), {});
    ASSERT_TRUE(quiet);
    EXPECT_EQ(quiet->rounds, 8U);
    EXPECT_EQ(quiet->interleaved.comparisons, 3U);
    EXPECT_EQ(quiet->interleaved.called, 0U);
    EXPECT_EQ(quiet->in_sequence.called, 0U);
    // A machine that slows down by 0.1 ns each round: what comes later is slower, but by less than 1 %, and
    // nearly nothing of it is seen where neighbours are compared. (They differ too: all 8 in one direction.)
    times.clear();
    for (int i = 0; i < 48; ++i) times.push_back(1000 + 0.1 * i);
    const std::optional<NullTest> drifting = null_test(rounds(times), {});
    EXPECT_EQ(drifting->in_sequence.called, 3U);
    EXPECT_EQ(drifting->in_sequence_gated.called, 0U);
    // By 10 ns each: no floor hides that.
    for (int i = 0; i < 48; ++i) times[static_cast<size_t>(i)] = 1000 + 10 * i;
    EXPECT_EQ(null_test(rounds(times), {})->in_sequence_gated.called, 3U);
    EXPECT_NE(null_test_text(drifting).find("3 of 3"), std::string::npos);
    EXPECT_NE(null_test_text(std::nullopt).find("--time"), std::string::npos);
}

}  // namespace
}  // namespace stackshift
