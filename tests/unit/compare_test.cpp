// SPDX-License-Identifier: MIT
// The pinned tables were worked out from the numbers beside them by hand; a change of layout is meant to be
// seen here.
#include "report/compare.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <sstream>
#include <stdexcept>

#include "report/text_table.h"
#include "report/view.h"
#include "results/summary.h"
#include "support/made_results.h"
#include "util/error.h"

namespace stackshift {
namespace {

Result empty_result(const std::string& instrument) {
    const bool exact = instrument == "exact";
    Result result;
    result.run.id = "20260801-120000-ab12";
    result.run.started = "2026-08-01T12:00:00Z";
    result.run.instrument = parse<Instrument>(instrument).value();
    result.run.profile = "smoke";
    result.run.seeds = {1, 2};
    result.run.plan_sha256 = std::string(64, 'a');
    result.run.guest_sha256 = exact ? std::string(64, 'b') : "";
    result.run.cmdline = exact ? "nokaslr" : "";
    if (exact) result.run.emulator_args = {"-smp", "1"};
    result.environment = {
        {"accel", exact ? "tcg" : "host"}, {"cpu", "Some CPU"}, {"host_kernel", "6.1.0-28"}};
    if (exact) result.environment["emulator"] = "QEMU 7.2.22";
    return result;
}

void add_kernel(Result& result, const std::string& strategy) {
    result.kernels.push_back({strategy, "6.12.117", "bench.config", "", {}, std::string(64, 'c'), "gcc"});
}

/// A cell of a result, "native/aslr/argv:8p/long".
CellResult& add_cell(Result& result, const std::string& strategy, const std::string& abi, bool aslr,
                     int pages, const std::string& shape = "long", const std::string& place = "argv") {
    CellResult cell;
    cell.strategy = strategy;
    cell.cell = {ExecPath::self_exec,         parse<Abi>(abi).value(),    aslr ? Aslr::on : Aslr::off, pages,
                 parse<Shape>(shape).value(), parse<Place>(place).value()};
    result.cells.push_back(cell);
    return result.cells.back();
}

void add_count(Result& result, const std::string& strategy, const std::string& abi, bool aslr, int pages,
               const Groups& groups) {
    add_cell(result, strategy, abi, aslr, pages).metrics["instructions"] =
        made_metric("instructions", groups, true);
}

/// A cell that is not ok.
CellResult& add_bad(Result& result, const std::string& strategy, const std::string& abi, bool aslr, int pages,
                    const std::string& status, const std::string& reason, bool expected = true) {
    CellResult& cell = add_cell(result, strategy, abi, aslr, pages);
    cell.status = parse<CellStatus>(status).value();
    cell.reason = reason;
    cell.expected = expected;
    return cell;
}

/// One strategy under the exact instrument, with a blank, a failure and an unavailable cell.
Result exact_single() {
    Result result = empty_result("exact");
    add_kernel(result, "pristine");
    add_count(result, "pristine", "native", true, 0, {{74000, 74100, 90000}, {74100, 74300, 74200}});
    add_count(result, "pristine", "native", false, 0, {{63091}, {63091}});
    add_count(result, "pristine", "i386", true, 0, {{74600}, {74650}});
    add_count(result, "pristine", "i386", false, 0, {{70790.5}, {70790.5}});
    add_count(result, "pristine", "native", true, 8, {{260000}, {260100}});
    add_count(result, "pristine", "native", false, 8, {{259000}, {259000}});
    add_bad(result, "pristine", "i386", true, 8, "failed", "E2BIG at exec 3", false);
    add_count(result, "pristine", "native", true, 1536, {{36900000}, {36900010}});
    add_bad(result, "pristine", "i386", true, 1536, "unavailable", "no ia32 emulation");
    return result;
}

/// Every table.
std::string all_text(const std::vector<Result>& results) {
    CompareOptions options;
    options.all = true;
    return compare_text(results, options);
}

std::string tables_of(const std::string& text) {
    const std::size_t end_of_header = text.find("\n\n");
    return end_of_header == std::string::npos ? text : text.substr(end_of_header + 2);
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

std::size_t longest_line(const std::string& text) {
    std::istringstream in(text);
    std::size_t longest = 0;
    for (std::string line; std::getline(in, line);) longest = std::max(longest, line.size());
    return longest;
}

TEST(Compare, OneStrategyExact) {
    EXPECT_EQ(all_text({exact_single()}),
              R"(instrument  exact: guest instructions under QEMU TCG -icount (a count, not time)
machine     QEMU 7.2.22, accel tcg
baseline    pristine
kernel      pristine: Linux 6.12.117, bench.config, image cccccccccccc
seeds       1, 2
run         20260801-120000-ab12, profile smoke, 2026-08-01T12:00:00Z

Instructions per exec (median), self-exec, long strings in argv, pristine

        ------------ native -------------   ----------- i386 ------------   - ASLR -
pages       ASLR  no ASLR  on-off       %    ASLR  no ASLR  on-off      %   i386-nat  floor
    0      74150    63091  +11059  +17.5%   74625    70791   +3834  +5.4%       +475    635
    8     260050   259000   +1050  +0.41%    FAIL        .       .      .          .    635
 1536   36900005        .       .       .     n/a        .       .      .          .      .
  FAIL (unexpected)  E2BIG at exec 3 -- self-exec/i386/aslr/argv:8p/long
  n/a  no ia32 emulation -- self-exec/i386/aslr/argv:1536p/long

%: of no ASLR. floor: what the draws of ASLR and the timer's ticks alone make of the row's
differences, at most, in 95 of 100 comparisons; ~: not more than that, or not known for want of a
second seed. A dot: not in the plan or not counted; n/a: unavailable; FAIL: failed.
UNEXPECTED: 1 cell failed though no strategy declares it; see (unexpected) above.
)");
}

TEST(Compare, OtherShapesAndPlaces) {
    Result result = empty_result("exact");
    add_kernel(result, "pristine");
    const auto add = [&](const std::string& abi, bool aslr, int pages, const std::string& shape,
                         const std::string& place, double value) {
        add_cell(result, "pristine", abi, aslr, pages, shape, place).metrics["instructions"] =
            made_metric("instructions", {{value}, {value}}, true);
    };
    add("native", true, 128, "short", "argv", 5000000);
    add("native", true, 8, "short", "argv", 400000);
    add("i386", false, 8, "short", "argv", 400123);
    add("native", true, 8, "long", "both", 250000);
    add("native", true, 8, "long", "env", 251000);
    add("native", false, 1, "typical", "both", 83000);
    add("native", true, 1, "typical", "both", 93000);
    EXPECT_TRUE(has(all_text({result}), R"(
Instructions per exec (median), self-exec, other strings and places, pristine

                  ------------ native ------------   --------- i386 ---------   - ASLR -
cell                 ASLR  no ASLR  on-off       %   ASLR  no ASLR  on-off  %   i386-nat  floor
both:1p/typical     93000    83000  +10000  +12.0%      .        .       .  .          .      0
env:8p/long        251000        .       .       .      .        .       .  .          .      .
both:8p/long       250000        .       .       .      .        .       .  .          .      .
argv:8p/short      400000        .       .       .      .   400123       .  .          .      .
argv:128p/short   5000000        .       .       .      .        .       .  .          .      .

%: of no ASLR.)"));
}

Result exact_contenders() {
    Result result = empty_result("exact");
    add_kernel(result, "array");
    add_kernel(result, "pristine");
    add_kernel(result, "direct");
    add_count(result, "array", "native", true, 0, {{60000}, {60200}});
    add_count(result, "pristine", "native", true, 0, {{74000}, {74100}});
    add_count(result, "direct", "native", true, 0, {{66900}, {66900}});
    add_bad(result, "array", "native", true, 33, "failed", "E2BIG at exec 0");
    add_count(result, "pristine", "native", true, 33, {{750000}, {750000}});
    add_count(result, "direct", "native", true, 33, {{750010}, {750010}});
    return result;
}

TEST(Compare, SeveralStrategiesAgainstTheBaseline) {
    const std::string text = all_text({exact_contenders()});
    EXPECT_TRUE(has(text, "baseline    pristine\n"));
    EXPECT_EQ(tables_of(text),
              R"(Instructions per exec (median), self-exec, long strings in argv, native ASLR

        pristine   ------- array --------   ------ direct ------
pages     median   median    diff       %   median   diff      %  floor
    0      74050    60100  -13950  -18.8%    66900  -7150  -9.7%    291
   33     750000     FAIL       .       .   750010    +10  0.00%      0
  FAIL  array: E2BIG at exec 0 -- self-exec/native/aslr/argv:33p/long

diff, %: against the baseline. floor: what the draws of ASLR and the timer's ticks alone make of the
row's differences, at most, in 95 of 100 comparisons; ~: not more than that, or not known for want
of a second seed. A dot: not in the plan or not counted; n/a: unavailable; FAIL: failed.
)");
}

/// The cell's line of the table, without its blanks.
std::string line_of(const Result& result) {
    std::istringstream in(all_text({result}));
    for (std::string line; std::getline(in, line);) {
        if (!line.starts_with("    0 ")) continue;
        std::string words;
        std::istringstream parts(line);
        for (std::string word; parts >> word;) words += (words.empty() ? "" : " ") + word;
        return words;
    }
    return "";
}

TEST(Compare, WhatDrawsMayMakeIsMarked) {
    const auto run = [](const Groups& base, const Groups& other, bool aslr) {
        Result result = empty_result("exact");
        for (const char* strategy : {"pristine", "mine"}) add_kernel(result, strategy);
        add_count(result, "pristine", "native", aslr, 0, base);
        add_count(result, "mine", "native", aslr, 0, other);
        return line_of(result);
    };
    // Both vary by 100: s^2 = 5000 with 2 degrees of freedom; 4.30265 * sqrt(2 * 5000 / 2) = 304.
    EXPECT_EQ(run({{70000}, {70100}}, {{70300}, {70400}}, true), "0 70050 70350 +300 +0.43~ 304");
    EXPECT_EQ(run({{70000}, {70100}}, {{70305}, {70405}}, true), "0 70050 70355 +305 +0.44% 304");
    EXPECT_EQ(run({{70000}, {70100}}, {{70000}, {70100}}, true), "0 70050 70050 0 0.00% 304")
        << "nothing is nothing";
    // What does not vary at all differs by its code, to the instruction.
    EXPECT_EQ(run({{49000}, {49000}}, {{49001}, {49001}}, false), "0 49000 49001 +1 0.00% 0");
    // One seed cannot tell draws from code, and draws nothing where the stack is not randomised.
    EXPECT_EQ(run({{70000}}, {{80000}}, true), "0 70000 80000 +10000 +14.3~ .");
    EXPECT_EQ(run({{49000}}, {{49001}}, false), "0 49000 49001 +1 0.00% .");
}

TEST(Compare, BaselineIsPristineThenTheFirstThenWhatIsAskedFor) {
    CompareOptions options;
    options.all = true;
    options.baseline = "direct";
    EXPECT_TRUE(has(compare_text({exact_contenders()}, options), "baseline    direct\n"));
    Result result = exact_contenders();
    result.kernels.erase(result.kernels.begin() + 1);
    std::erase_if(result.cells, [](const CellResult& cell) { return cell.strategy == "pristine"; });
    EXPECT_TRUE(has(all_text({result}), "baseline    array\n"));
    options.baseline = "dirct";
    try {
        compare_text({exact_contenders()}, options);
        FAIL() << "accepted";
    } catch (const Error& error) {
        EXPECT_EQ(error.code, Exit::usage);
        EXPECT_TRUE(has(error.what(), "did you mean 'direct'")) << error.what();
    }
}

TEST(Compare, EightStrategiesFitIntoAHundredColumns) {
    Result result = empty_result("exact");
    for (const char* name :
         {"pristine", "array", "direct", "pagelist", "shmem", "userstack", "early", "a-long-name"}) {
        add_kernel(result, name);
        for (const int pages : {0, 8, 1536}) {
            add_count(result, name, "i386", true, pages,
                      {{63000 + 24000.0 * pages}, {63000 + 24010.0 * pages}});
            CellResult& cell = add_cell(result, name, "i386", true, pages + 1, "short");
            cell.metrics["instructions"] = made_metric("instructions", {{123456789}}, true);
            cell.metrics["tlb.flush_all"] = made_metric("1", {{1}}, true);
        }
    }
    const std::string text = all_text({result});
    EXPECT_LE(longest_line(text), kLineWidth);
    for (const char* name : {" array ", " direct ", " shmem ", " early ", " a-long-name "}) {
        EXPECT_TRUE(has(text, std::string("-") + name + "-")) << name;
    }
}

TEST(Compare, FlushCountsAreMeans) {
    Result result = empty_result("exact");
    add_kernel(result, "pristine");
    CellResult& small = add_cell(result, "pristine", "native", true, 33);
    small.metrics["tlb.flush_all"] = made_metric("1", {{0.9}, {0.9}, {1.02}}, true);  // mean 0.94, median 0.9
    small.metrics["tlb.flush_one"] = made_metric("1", {{33}, {33}, {33}}, true);
    small.metrics["page_faults"] = made_metric("1", {{350}, {350}, {351.5}}, true);
    add_cell(result, "pristine", "native", false, 33).metrics["tlb.flush_all"] =
        made_metric("1", {{0}}, true);
    EXPECT_TRUE(has(all_text({result}),
                    R"(
Full TLB flushes, single-page TLB flushes and page faults per exec (mean), self-exec, pristine

        --- native ASLR ---   - native no ASLR -
pages   full   page  faults   full  page  faults
   33   0.94  33.00   350.5   0.00     .       .

)")) << all_text({result});
}

/// One strategy with phases in two cells.
Result with_phases(const std::vector<std::string>& strategies) {
    Result result = empty_result("exact");
    for (const std::string& strategy : strategies) {
        add_kernel(result, strategy);
        for (const int pages : {0, 8, 16}) {
            CellResult& cell = add_cell(result, strategy, "native", true, pages);
            const auto add = [&](const std::string& name, double value) {
                cell.metrics[name] = made_metric("instructions", {{value}, {value}}, true);
            };
            add("phase.place", 9000 + pages);
            add("phase.alloc", 1500);
            add("phase.zeta", 7);
            add("phase.beta", 6);
            add("staging_cost", 10500 + pages);
        }
    }
    return result;
}

TEST(Compare, PhasesOfOneStrategy) {
    CompareOptions options;
    options.all = true;
    const std::string text = compare_text({with_phases({"pristine"})}, options);
    EXPECT_TRUE(has(text, R"(
Phases of an exec, instructions (median), self-exec, long strings in argv, pristine

                native ASLR
phase             0p     8p
alloc           1500   1500
place           9000   9008
beta               6      6
zeta               7      7
staging cost   10500  10508

)")) << text;
}

TEST(Compare, PhasesOfSeveralStrategies) {
    CompareOptions options;
    options.all = true;
    EXPECT_TRUE(has(compare_text({with_phases({"pristine", "direct"})}, options), R"(
Phases of an exec, instructions (median), self-exec, native ASLR, argv:8p/long

phase         pristine  direct
alloc             1500    1500
place             9008    9008
beta                 6       6
zeta                 7       7
staging cost     10508   10508

)"));
    Result without = exact_contenders();
    EXPECT_FALSE(has(compare_text({without}, options), "Phases"));
}

/// Six rounds of one sample each: the 95 % interval of the median runs from the least to the largest.
Result clock_result() {
    Result result = empty_result("clock");
    result.kernels.push_back({"running", "6.1.0-28", "", "", {}, "", ""});
    const auto add = [&](const std::string& abi, bool aslr, const Groups& rounds) {
        add_cell(result, "running", abi, aslr, 8).metrics["time"] = made_metric("ns", rounds, false);
    };
    add("native", true, {{20500}, {20510}, {20490}, {20540}, {20460}, {20500}});
    add("native", false, {{14500}, {14500}, {14500}, {14500}, {14500}, {14520}});
    // Two rounds only: the interval is of the samples, ranks 2 and 8 of 9.
    add("i386", true, {{20500, 20501, 20502, 20503}, {20504, 20505, 20506, 20507, 20900}});
    add("i386", false, {{20505, 20505}, {20505}});
    return result;
}

TEST(Compare, TheClock) {
    EXPECT_EQ(all_text({clock_result()}),
              R"(instrument  clock: time on this CPU, by the TSC
machine     Some CPU, Linux 6.1.0-28, accel host
baseline    running
kernel      running: Linux 6.1.0-28
seeds       1, 2
run         20260801-120000-ab12, profile smoke, 2026-08-01T12:00:00Z

Time per exec, ns (median), self-exec, long strings in argv, running

        ----------- native -----------   ----------- i386 ------------   - ASLR -
pages    ASLR  no ASLR  on-off       %    ASLR  no ASLR  on-off      %   i386-nat  +-95%
    8   20500    14500   +6000  +41.4%   20504    20505      -1  0.00~         +4     40

Spread, ns: ends of the 95 % interval from the median, MAD of the samples, self-exec, running

        - native ASLR --     native no ASLR   -- i386 ASLR ---   - i386 no ASLR -
pages   -low  +high  MAD   -low  +high  MAD   -low  +high  MAD   -low  +high  MAD
    8    -40    +40   10      0    +20    0     -3     +3    2      .      .    0

%: of no ASLR. +-95%: half the widest 95 % interval of the row's medians (sign test over the medians
of the rounds, over the samples where there are fewer than 6 rounds). ~: the two intervals overlap
or are unknown. A dot: not in the plan or not counted; n/a: unavailable; FAIL: failed.
)");
}

TEST(Compare, ClockDifferencesInDoubtAreMarked) {
    const std::string text = all_text({clock_result()});
    EXPECT_TRUE(has(text, "+41.4% "));
    EXPECT_TRUE(has(text, "0.00~"));  // too few samples for an interval: unknown, so in doubt
    // The other way round: a contender that is faster is beyond doubt as well; one that is the same is not.
    Result faster = clock_result();
    faster.run.id = "faster";
    std::swap(faster.cells[0].metrics, faster.cells[1].metrics);
    const std::string versus = all_text({clock_result(), faster});
    EXPECT_TRUE(has(versus, "  -6000  -29.3%  ")) << versus;
    EXPECT_TRUE(has(versus, " 0  0.00~ ")) << versus;
}

TEST(Compare, ReferencesWithoutSamplesHaveNoMad) {
    Result result = clock_result();
    for (CellResult& cell : result.cells) {
        cell.metrics["time"].samples.clear();
        cell.metrics["time"].samples_sha256 = std::string(64, '0');
    }
    EXPECT_TRUE(has(all_text({result}), "    8    -40    +40    .")) << all_text({result});
}

TEST(Compare, TheSameStrategyInTwoFiles) {
    Result other = clock_result();
    other.run.id = "20260802-120000-ab13";
    const std::string text = all_text({clock_result(), other});
    EXPECT_TRUE(has(text, "baseline    running@ab12\n"));
    EXPECT_TRUE(has(text, "running@ab13 --"));
    EXPECT_TRUE(has(text, "run         20260801-120000-ab12"));
    EXPECT_TRUE(has(text, "            20260802-120000-ab13"));
    other.run.id = "20260802-120000-ab12";  // the ends tell apart only with the date
    EXPECT_TRUE(has(all_text({clock_result(), other}), "baseline    running@1-120000-ab12\n"));
    EXPECT_TRUE(has(all_text({clock_result(), clock_result()}), "baseline    running@1\n"));
    CompareOptions options;
    options.all = true;
    options.baseline = "running@2";
    EXPECT_TRUE(has(compare_text({clock_result(), clock_result()}, options), "baseline    running@2\n"));
}

TEST(Compare, ManyProblemsAreCounted) {
    Result result = empty_result("exact");
    add_kernel(result, "pristine");
    for (int pages = 0; pages < 12; ++pages) {
        add_bad(result, "pristine", "i386", true, pages, "unavailable", "no ia32 emulation");
    }
    EXPECT_TRUE(has(all_text({result}), "self-exec/i386/aslr/argv:11p/long"));
    add_bad(result, "pristine", "native", true, 0, "failed", "panic");
    const std::string text = all_text({result});
    EXPECT_TRUE(has(text, "  FAIL  panic -- 1 cell\n  n/a  no ia32 emulation -- 12 cells\n")) << text;
    EXPECT_FALSE(has(text, "UNEXPECTED"));
}

TEST(Compare, OnlyWhatTheFilterMatches) {
    CompareOptions options;
    options.all = true;
    options.filter = "native/.*:8p";
    const std::string text = compare_text({exact_single()}, options);
    EXPECT_TRUE(has(text, "    8  "));
    EXPECT_FALSE(has(text, " 1536 "));
    EXPECT_FALSE(has(text, "FAIL (unexpected)"));  // it is an i386 cell
    EXPECT_FALSE(has(text, "UNEXPECTED"));
    for (const char* bad : {"no such cell", "("}) {
        options.filter = bad;
        try {
            compare_text({exact_single()}, options);
            FAIL() << bad;
        } catch (const Error& error) {
            EXPECT_EQ(error.code, Exit::usage);
            EXPECT_TRUE(has(error.what(), bad)) << error.what();
        }
    }
}

std::string incomparable(const Result& a, const Result& b) {
    try {
        all_text({a, b});
    } catch (const Error& error) {
        EXPECT_EQ(error.code, Exit::incomparable);
        return error.what();
    }
    return "compared";
}

TEST(Compare, ExactResultsMustAgreeInWhatCountsDependOn) {
    const Result base = exact_single();
    const auto changed = [&](const std::function<void(Result&)>& change) {
        Result other = exact_single();
        other.run.id = "other";
        change(other);
        return incomparable(base, other);
    };
    const std::string start = "cannot compare run 20260801-120000-ab12 with run other: ";
    EXPECT_EQ(changed([](Result& r) { r.run.seeds = {1, 3}; }), start + "run.seeds[1] is \"2\" and \"3\"");
    EXPECT_EQ(changed([](Result& r) { r.run.seeds = {1}; }), start + "run.seeds[1] is \"2\" and not there");
    EXPECT_EQ(changed([](Result& r) { r.run.cmdline = "x"; }),
              start + "run.cmdline is \"nokaslr\" and \"x\"");
    EXPECT_EQ(changed([](Result& r) { r.run.emulator_args[1] = "2"; }),
              start + "run.emulator_args[1] is \"1\" and \"2\"");
    // Versions that were found to count alike are one machine; nothing is known of others.
    const auto emulators = [](const std::string& a, const std::string& b) {
        Result one = exact_single();
        Result other = exact_single();
        one.environment["emulator"] = "QEMU emulator version " + a;
        other.environment["emulator"] = "QEMU emulator version " + b;
        other.run.id = "other";
        try {
            compare_text({one, other}, {});
        } catch (const Error& error) {
            return error.code == Exit::incomparable;
        }
        return false;
    };
    EXPECT_FALSE(
        emulators("7.2.22 (Debian 1:7.2+dfsg-7+deb12u18+b3)", "10.0.13 (Debian 1:10.0.13+ds-0+deb13u1)"));
    EXPECT_FALSE(emulators("7.2.22", "11.1.3"));
    EXPECT_FALSE(emulators("9.9.9", "9.9.9"));
    EXPECT_TRUE(emulators("7.2.22", "9.2.1"));
    EXPECT_TRUE(emulators("7.2.22", "10.01.1"));
    EXPECT_EQ(changed([](Result& r) { r.environment["emulator"] = "QEMU 9"; }),
              start + "environment.emulator is \"QEMU 7.2.22\" and \"QEMU 9\"");
    EXPECT_TRUE(has(changed([](Result& r) { r.run.plan_sha256 = "1"; }), start + "run.plan_sha256 is \"aaa"));
    EXPECT_TRUE(
        has(changed([](Result& r) { r.run.guest_sha256 = "1"; }), start + "run.guest_sha256 is \"bbb"));
    EXPECT_EQ(changed([](Result& r) { r.environment["cpu"] = "another"; }),
              "compared");  // no matter under TCG
    EXPECT_EQ(incomparable(base, clock_result()),
              "cannot compare run 20260801-120000-ab12 with run 20260801-120000-ab12: run.instrument is "
              "\"exact\" and "
              "\"clock\"");
}

TEST(Compare, ClockResultsMustBeOfOneMachineAndKernel) {
    const auto changed = [&](const std::function<void(Result&)>& change) {
        Result other = clock_result();
        change(other);
        return incomparable(clock_result(), other);
    };
    EXPECT_TRUE(has(changed([](Result& r) { r.environment["cpu"] = "Other CPU"; }),
                    "environment.cpu is \"Some CPU\" and \"Other CPU\""));
    EXPECT_TRUE(has(changed([](Result& r) { r.environment.erase("host_kernel"); }),
                    "environment.host_kernel is \"6.1.0-28\" and not there"));
    EXPECT_EQ(changed([](Result& r) { r.run.plan_sha256 = "1"; }), "compared");
}

TEST(Compare, ForeignTextStaysPrintableAscii) {
    Result result = exact_single();
    result.environment["emulator"] = "QEMU \x1b[31m\xc3\xa9";
    result.cells[6].reason = "first\nsecond\x07";
    const std::string text = all_text({result});
    EXPECT_TRUE(
        std::all_of(text.begin(), text.end(), [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); }));
    EXPECT_TRUE(has(text, "first second?"));
}

TEST(Compare, NothingToCompareIsAMistake) {
    EXPECT_THROW(all_text({}), std::invalid_argument);
}

TEST(View, IntervalOverRoundsOrSamples) {
    const Result result = clock_result();
    const auto interval = [&](std::size_t cell) {
        return clock_interval(result.cells[cell].metrics.at("time"));
    };
    ASSERT_TRUE(interval(0));
    EXPECT_EQ(interval(0)->low, 20460);
    EXPECT_EQ(interval(0)->high, 20540);
    ASSERT_TRUE(interval(2));
    EXPECT_EQ(interval(2)->low, 20501);
    EXPECT_EQ(interval(2)->high, 20507);
    EXPECT_FALSE(interval(3));
}

TEST(TextTable, WidensForHeadingsAndTightensWhereItMust) {
    TextTable table({"x"});
    table.add_group("a wide heading", {"1", "2"});
    table.add_row({"0", "10", "20"});
    EXPECT_EQ(table.text(), "    a wide heading\nx            1   2\n0           10  20\n");
    TextTable wide({"x"});
    wide.add_group("g", {std::string(48, 'a'), std::string(48, 'b')});
    wide.add_row({"0"});
    EXPECT_FALSE(wide.fits());
    EXPECT_LE(longest_line(wide.text()), kLineWidth);
}

TEST(TextTable, WrapsBetweenWords) {
    const std::string word(40, 'w');
    EXPECT_EQ(wrapped("lead  ", word + ' ' + word + ' ' + word, 6),
              "lead  " + word + ' ' + word + "\n      " + word + '\n');
}

TEST(CompareText, EventsInThePlansOrderWithReasons) {
    Result result;
    result.run.id = "r-host";
    result.run.instrument = Instrument::clock;
    result.kernels.push_back({});
    result.kernels[0].strategy = "running";
    for (const char* pages : {"8", "34"}) {
        CellResult cell;
        cell.cell = parse_cell(std::string("self-exec/native/aslr/argv:") + pages + "p/long").value();
        cell.strategy = "running";
        for (const char* metric : {"time", "perf.page-faults", "perf.from_mm_switch.page-faults"}) {
            cell.metrics[metric].samples = {2, 4};
            summarise(cell.metrics[metric], false);
        }
        cell.unavailable["perf.cycles:k"] = "no PMU";
        result.cells.push_back(cell);
    }
    const std::string text = all_text({result});
    EXPECT_NE(text.find("                            page-faults\n"
                        "cell                        exec  mm on\n"
                        "native/aslr/argv:8p/long    3.00   3.00\n"
                        "native/aslr/argv:34p/long   3.00   3.00\n"
                        "  unavailable  cycles:k: no PMU\n"),
              std::string::npos)
        << text;
}

/// Three commits of a git tree.
Result exact_revisions() {
    Result result = empty_result("exact");
    const char* subjects[] = {"base", "plant \"a\" loop", "comment"};
    for (int i = 0; i < 3; ++i) {
        const std::string name = "aaaaaaaaaaa" + std::to_string(i);
        add_kernel(result, name);
        result.kernels.back().commit = name + "0000";
        result.kernels.back().subject = subjects[i];
        const double planted = i > 0 ? 1001 : 0;
        add_count(result, name, "native", false, 0, {{49000 + planted}, {49000 + planted}});
        add_count(result, name, "i386", false, 0, {{50000 + planted}, {50000 + planted}});
        add_count(result, name, "native", false, 8, {{200000}, {200000}});
        add_count(result, name, "native", true, 0, {{59000.0 + i}, {59100.0 + i}});
    }
    return result;
}

TEST(Revisions, TheAnswerIsWhatEachHasChanged) {
    const std::string text = compare_text({exact_revisions()}, {});
    EXPECT_NE(
        text.find(
            "aaaaaaaaaaa1 \"plant \"a\" loop\" against aaaaaaaaaaa0: 2 of 3 cells without ASLR changed"),
        std::string::npos)
        << text;
    EXPECT_NE(text.find("by +1001 instructions (+2.00 %)"), std::string::npos) << text;
    EXPECT_NE(text.find("not one instruction in 3 cells without"), std::string::npos) << text;
    // The table: alone and so far.
    const std::size_t table =
        text.find("Instructions per exec (median) of each revision, self-exec/native/noaslr/argv:0p");
    ASSERT_NE(table, std::string::npos) << text;
    EXPECT_NE(text.find("aaaaaaaaaaa1   50001  +1001   +1001", table), std::string::npos) << text;
    EXPECT_NE(text.find("aaaaaaaaaaa2   50001     +0   +1001", table), std::string::npos) << text;
    EXPECT_EQ(text.find("Moving the stack"), std::string::npos) << "that is the answer of strategies";
}

/// What a series stands on, and its steps.
Result exact_series() {
    Result result = exact_revisions();
    for (KernelInfo& kernel : result.kernels) kernel.commit.clear();
    result.kernels.front().subject.clear();
    return result;
}

TEST(Series, IsToldStepByStep) {
    const std::string text = compare_text({exact_series()}, {});
    EXPECT_NE(text.find("aaaaaaaaaaa1 \"plant \"a\" loop\" against aaaaaaaaaaa0: 2 of 3 cells without ASLR"),
              std::string::npos)
        << text;
    const std::size_t drawn =
        text.find("Instructions per exec (median) of each step, self-exec/native/aslr/argv:0p/long");
    ASSERT_NE(drawn, std::string::npos) << text;
    // Medians of {59000, 59100}, {59001, 59101} and {59002, 59102}.
    EXPECT_NE(text.find("aaaaaaaaaaa2   59052     +1      +2", drawn), std::string::npos) << text;
    EXPECT_NE(text.find("of each step, self-exec/native/noaslr/argv:0p", drawn), std::string::npos) << text;
    EXPECT_NE(text.find("alone: against the step before"), std::string::npos) << text;
    EXPECT_NE(text.find("small differences are chance"), std::string::npos) << text;
}

TEST(Series, WithAllTablesHasEveryCell) {
    CompareOptions options;
    options.all = true;
    const std::string text = compare_text({exact_series()}, options);
    for (const char* cell :
         {"native/aslr/argv:0p", "native/noaslr/argv:0p", "native/noaslr/argv:8p", "i386/noaslr/argv:0p"})
        EXPECT_NE(text.find(std::string("of each step, self-exec/") + cell), std::string::npos) << cell;
}

TEST(Series, AKernelThatSaysNothingIsNoStep) {
    Result result = exact_series();
    result.kernels.back().subject.clear();
    EXPECT_EQ(compare_text({result}, {}).find("of each step"), std::string::npos);
}

TEST(Revisions, OneAloneIsSaidToBe) {
    Result result = exact_revisions();
    result.kernels.resize(1);
    result.cells.resize(4);
    EXPECT_NE(compare_text({result}, {}).find("aaaaaaaaaaa0 \"base\" alone was counted"), std::string::npos);
}

}  // namespace
}  // namespace stackshift
