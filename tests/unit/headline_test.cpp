// SPDX-License-Identifier: MIT
// The answer in words, with figures worked out by hand.
#include "report/headline.h"

#include <gtest/gtest.h>

#include "report/compare.h"
#include "results/summary.h"

namespace stackshift {
namespace {

class Answer {
  public:
    explicit Answer(Instrument instrument) {
        result_.run.id = "r";
        result_.run.instrument = instrument;
        result_.run.seeds = {1, 2};
    }
    void kernel(const std::string& strategy) {
        result_.kernels.push_back({strategy, "6.12.117", "bench", "", {}, "", ""});
    }
    void cell(const std::string& strategy, const std::string& name, std::vector<double> groups) {
        CellResult cell = unmeasured(parse_cell("self-exec/" + name).value(), strategy);
        const bool exact = result_.run.instrument == Instrument::exact;
        Metric& metric = cell.metrics[exact ? "instructions" : "time"];
        metric.unit = exact ? "instructions" : "ns";
        metric.samples = groups;
        metric.groups.assign(groups.size(), 1);
        summarise(metric, exact);
        result_.cells.push_back(cell);
    }
    void failed(const std::string& strategy, const std::string& name, const std::string& reason) {
        CellResult cell = unmeasured(parse_cell("self-exec/" + name).value(), strategy);
        cell.status = CellStatus::failed;
        cell.reason = reason;
        result_.cells.push_back(cell);
    }
    std::vector<std::string> lines() const {
        const std::vector<Result> results = {result_};
        return headline(make_view(results, {}));
    }
    std::string text() const { return compare_text({result_}, {}); }

  private:
    Result result_;
};

Answer counted() {
    Answer answer(Instrument::exact);
    for (const char* strategy : {"pristine", "relocate", "array", "direct"}) answer.kernel(strategy);
    answer.cell("pristine", "native/aslr/argv:0p/long", {59000, 59100});    // 59050, +-50
    answer.cell("pristine", "native/noaslr/argv:0p/long", {49000, 49000});  // 10050 less: 17.0 %
    answer.cell("pristine", "native/aslr/both:1p/typical", {80000, 80000});
    answer.cell("pristine", "native/noaslr/both:1p/typical", {72000, 72000});   // 8000: 10.0 %
    answer.cell("pristine", "native/aslr/argv:128p/long", {2500000, 2504000});  // 2502000; variance 8e6
    answer.cell("pristine", "native/noaslr/argv:128p/long",
                {2500500, 2501500});  // 5e5: 12.706 * sqrt(8.5e6 / 2)
    answer.cell("pristine", "i386/aslr/argv:0p/long", {60000, 60000});
    answer.cell("direct", "i386/aslr/argv:0p/long", {52500, 52500});       // 7500: 12.5 %
    answer.cell("direct", "native/aslr/argv:0p/long", {53145, 53145});     // -5905: -10.0 %
    answer.cell("array", "native/aslr/argv:0p/long", {50192.5, 50192.5});  // -15 %
    answer.cell("relocate", "native/aslr/argv:0p/long", {59050, 59050});
    answer.failed("array", "native/aslr/argv:128p/long",
                  "exec 1 of 10: execve: E2BIG (Argument list too long)");
    answer.failed("array", "native/aslr/argv:34p/long",
                  "exec 1 of 50: execve: E2BIG (Argument list too long)");
    return answer;
}

TEST(Headline, SaysWhatMovingCostsAndWhoTakesItAway) {
    EXPECT_EQ(counted().lines(),
              (std::vector<std::string>{
                  "Moving the stack costs, in instructions on Linux 6.12.117 (exact, 2 seeds):",
                  "  native: 17.0 % of a minimal exec (10,050 of 59,050), 10.0 % of a typical exec (8,000 of "
                  "80,000), "
                  "no more than the draws make of it in a 128-page one (+-26,195)",
                  "  i386: 12.5 % of a minimal exec (7,500 of 60,000)",
                  "A minimal native exec against pristine: array -15.0 %, direct -10.0 %",
                  "  array fails in 2 of 3 cells: execve: E2BIG"}));
}

TEST(Headline, WhatCannotBeToldIsSaid) {
    Answer answer(Instrument::exact);
    answer.kernel("pristine");
    answer.cell("pristine", "native/aslr/argv:0p/long", {59000, 59100});
    const std::vector<std::string> lines = answer.lines();
    ASSERT_EQ(lines.size(), 3U);
    EXPECT_EQ(lines[1], "  native: not told here, for want of cells with and without ASLR");
    EXPECT_NE(lines[2].find("it takes direct to tell"), std::string::npos) << lines[2];
}

TEST(Headline, FailedCellsOfOneReasonAreOneLine) {
    const std::string text = counted().text();
    EXPECT_NE(text.find("  FAIL  array: execve: E2BIG (Argument list too long) -- 2 cells\n"),
              std::string::npos)
        << text;
}

TEST(Headline, TheClockSaysHowSureItIs) {
    Answer sure(Instrument::clock);
    sure.kernel("running");
    sure.cell("running", "native/aslr/argv:0p/long", {17000, 17000, 17100, 17000, 16900, 17000});    // +-100
    sure.cell("running", "native/noaslr/argv:0p/long", {11000, 11000, 11100, 11000, 10900, 11000});  // +-100
    EXPECT_EQ(sure.lines(), (std::vector<std::string>{
                                "By the clock, on this machine's Linux 6.12.117: the move is 6,000 of the "
                                "17,000 ns of a minimal native exec (35 %, +-200 ns)"}));
    Answer odd(Instrument::clock);
    odd.kernel("running");
    odd.cell("running", "native/aslr/argv:0p/long", {11000, 11000, 11100, 11000, 10900, 11000});
    odd.cell("running", "native/noaslr/argv:0p/long", {17000, 17000, 17100, 17000, 16900, 17000});
    EXPECT_EQ(odd.lines(),
              (std::vector<std::string>{
                  "By the clock, on this machine's Linux 6.12.117: 11,000 ns for a minimal native "
                  "exec, and 6,000 more without ASLR, where nothing is moved (+-200 ns): what "
                  "differs is something else, and larger than the move"}));
    Answer noisy(Instrument::clock);
    noisy.kernel("running");
    noisy.cell("running", "native/aslr/argv:0p/long", {17000, 9000, 17100, 25000, 16900, 17000});
    noisy.cell("running", "native/noaslr/argv:0p/long", {11000, 11000, 21100, 11000, 10900, 11000});
    const std::vector<std::string> lines = noisy.lines();
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_NE(lines[0].find("lost in the noise"), std::string::npos) << lines[0];
    EXPECT_NE(lines[1].find("0 of 1 rows"), std::string::npos) << lines[1];
}

}  // namespace
}  // namespace stackshift
