// SPDX-License-Identifier: MIT
// The report's page, from small results whose figures were worked out by hand.
#include "page/page.h"

#include <gtest/gtest.h>

#include "check/result.h"
#include "page/charts.h"
#include "page/figures.h"
#include "page/html.h"
#include "page/palette.h"
#include "page/plots.h"
#include "page/points.h"
#include "report/choice.h"
#include "report/flush_model.h"
#include "report/tables.h"
#include "results/load.h"
#include "results/save.h"
#include "support/errors.h"
#include "support/made_results.h"
#include "support/temporary_directory.h"
#include "util/error.h"
#include "util/files.h"

namespace stackshift {
namespace {

const std::string kNative = "self-exec/native/aslr/";
const std::string kHostile = "</script><script>alert(1)</script><!--";
const ChartLibrary kCharts = {"/* vega */", "/* vega-lite */", ""};

/// pristine 1000 and 2000, direct 900 (10 % less) and failed at 8 pages.
Result counted() {
    Result result = made_result(Instrument::exact);
    result.run.argv = {"stackshift", "lab", "--filter", "argv:(0|8)p", "--seeds", "3"};
    made_kernel(result, "pristine", '1');
    made_kernel(result, "direct", '2');
    made_count(result, "pristine", kNative + "argv:0p/long", {{990}, {1000}, {1010}});
    made_count(result, "pristine", kNative + "argv:8p/long", {{2000}, {2000}, {2000}});
    made_count(result, "direct", kNative + "argv:0p/long", {{890}, {900}, {905}});
    CellResult& failed = made_cell(result, "direct", kNative + "argv:8p/long");
    failed.status = CellStatus::failed;
    failed.reason = kHostile;
    return result;
}

CheckResult checked() {
    CheckResult check;
    check.id = "check-1";
    check.started = "2026-08-01T12:00:00Z";
    check.config = "conform";
    check.guest_sha256 = std::string(64, 'b');
    check.groups = {"args"};
    const auto row = [&](const std::string& test, CheckRow::Status status, const std::string& reason) {
        check.rows.push_back({"direct", test, "serial", status, "seen", reason});
    };
    row("args/a", CheckRow::Status::ok, "");
    row("args/b", CheckRow::Status::deviation, "its way");
    row("args/c", CheckRow::Status::skipped, "");
    return check;
}

Report report_of(const Result& result) {
    ReportRequest request;
    request.inputs.exact = {result};
    return make_report(request);
}

std::size_t times(const std::string& text, const std::string& part) {
    std::size_t count = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
    return count;
}

const Section& section(const Report& report, const std::string& id) {
    for (const Section& one : report.sections)
        if (one.id == id) return one;
    throw std::out_of_range("no section " + id);
}

TEST(FlushModel, FollowsTheSource) {
    const auto of = [](const std::string& strategy, const std::string& name) {
        return predicted_flushes(strategy, parse_cell(name).value());
    };
    EXPECT_DOUBLE_EQ(of("pristine", kNative + "argv:8p/long")->full, 15.0 / 16);
    EXPECT_DOUBLE_EQ(of("pristine", kNative + "argv:8p/long")->pages, 8);
    EXPECT_DOUBLE_EQ(of("relocate", "self-exec/i386/noaslr/argv:0p/long")->pages, 1)
        << "the chain's own strings";
    EXPECT_DOUBLE_EQ(of("relocate", "self-exec/i386/noaslr/argv:0p/long")->full, 1);
    // 34 pages lie across the end of a page table in 33 of 512 places, and then in two parts of at most 33.
    EXPECT_DOUBLE_EQ(of("pristine", "self-exec/i386/aslr/argv:34p/long")->full, 1 + 479.0 / 512);
    EXPECT_DOUBLE_EQ(of("pristine", "self-exec/i386/aslr/argv:34p/long")->pages, 33 * 34 / 512.0);
    EXPECT_DOUBLE_EQ(of("pristine", "self-exec/native/noaslr/argv:8p/long")->full, 0);
    EXPECT_DOUBLE_EQ(of("direct", kNative + "argv:34p/long")->full, 0);
    EXPECT_FALSE(of("userstack", kNative + "argv:8p/long")) << "nobody has read its source for this";
    EXPECT_FALSE(of("pristine", "vfork-exec/native/aslr/argv:0p/long")) << "a vfork flushes, too";
    EXPECT_FALSE(of("pristine", kNative + "argv:1536p/long"));
}

TEST(FlushModel, TheCommittedReferenceIsAsItForetells) {
    const std::vector<Result> results = {
        load_result(PROJECT_DIR "/results/reference/linux-6.12.117_gcc-12.2.0_qemu-7.2.22_smoke.json")};
    const View view = make_view(results, {});
    std::size_t held = 0;
    for (const Contender& contender : view.contenders) {
        for (const auto& [name, cell] : contender.cells) {
            const std::optional<Flushes> flushes = predicted_flushes(contender.strategy, cell->cell);
            const Metric* full = find_metric(cell, metrics::kFlushAll);
            const Metric* pages = find_metric(cell, metrics::kFlushOne);
            if (!flushes || !full || !pages) continue;
            // A hundred draws and more of places: a few in a hundred go the other way.
            EXPECT_NEAR(full->mean, flushes->full, 0.06) << contender.strategy << ' ' << name;
            EXPECT_NEAR(pages->mean, flushes->pages, 1.5) << contender.strategy << ' ' << name;
            ++held;
        }
    }
    EXPECT_GT(held, 50U);
}

TEST(Palette, ColoursStandOutOnBothGrounds) {
    EXPECT_NEAR(contrast("#000000", "#ffffff"), 21, 1e-9);
    EXPECT_NEAR(contrast("#777777", "#ffffff"), 4.48, 0.01) << "WebAIM's contrast checker";
    std::vector<std::string> colours(kColours.begin(), kColours.end());
    colours.push_back(kQuiet);
    for (const std::string& colour : colours) {
        EXPECT_GE(contrast(colour, kLightGround), 3) << colour;
        EXPECT_GE(contrast(colour, kDarkGround), 3) << colour;
    }
}

TEST(Palette, EveryLineHasALookOfItsOwn) {
    std::vector<std::string> names;
    for (int i = 0; i < 13; ++i) names.push_back("s" + std::to_string(i));
    std::set<std::string> looks;
    for (std::size_t i = 0; i < names.size(); ++i)
        looks.insert(colour_scale(names)["range"][i].dump() + dash_scale(names)["range"][i].dump());
    EXPECT_EQ(looks.size(), names.size());
}

TEST(Points, HaveTheTablesFigures) {
    const std::vector<Result> results = {counted()};
    const View view = make_view(results, {});
    const Row row = {ExecPath::self_exec, Place::argv, 0, Shape::long_strings};
    const auto point =
        point_of(view, view.contenders[1], row, kConfigurations[0], exact_quantities().front());
    ASSERT_TRUE(point);
    EXPECT_EQ((*point)["value"], 900);
    EXPECT_EQ((*point)["base"], 1000);
    EXPECT_EQ((*point)["percent"], -10);
    EXPECT_EQ((*point)["low"], 890);
    EXPECT_EQ((*point)["high"], 905);
    EXPECT_EQ((*point)["difference"], -100);
    EXPECT_TRUE(point->contains("floor")) << "three seeds tell what draws make of it";
    const Row failed = {ExecPath::self_exec, Place::argv, 8, Shape::long_strings};
    const auto bad =
        point_of(view, view.contenders[1], failed, kConfigurations[0], exact_quantities().front());
    ASSERT_TRUE(bad);
    EXPECT_FALSE(bad->contains("value")) << "never a zero instead";
    EXPECT_EQ((*bad)["status"], "failed");
    EXPECT_EQ((*bad)["reason"], kHostile);
    EXPECT_FALSE(point_of(view, view.contenders[1], row, kConfigurations[1], exact_quantities().front()));
}

TEST(Points, ACommandIsQuotedAsAShellReadsIt) {
    EXPECT_EQ(command_of(counted()), "./run.sh lab --filter 'argv:(0|8)p' --seeds 3");
}

TEST(Figures, AChoiceSetsTheParameterAndTheAxis) {
    const std::vector<Result> results = {counted()};
    std::optional<Figure> figure = cost_figure(make_view(results, {}), "x-");
    ASSERT_TRUE(figure);
    EXPECT_EQ(figure->id, "x-cost");
    const auto value_of = [&](const std::string& name) {
        for (const auto& parameter : figure->spec["params"])
            if (parameter["name"] == name) return parameter["value"];
        return nlohmann::ordered_json();
    };
    EXPECT_EQ(value_of("show"), "percent");
    EXPECT_EQ(value_of("shown"), nlohmann::ordered_json({"pristine", "direct"}));
    choose(*figure, "show", "log");
    EXPECT_EQ(value_of("show"), "log");
    EXPECT_EQ(figure->spec["encoding"]["y"]["scale"]["type"], "log");
    EXPECT_FALSE(has_choice(*figure, "configuration", "i386 ASLR")) << "it has no such cell";
    EXPECT_THROW(choose(*figure, "show", "nothing"), std::invalid_argument);
    EXPECT_THROW(choose(*figure, "shown", "direct"), std::invalid_argument) << "it takes any number";
}

TEST(Prices, AreWhatIsSavedAndWhatItTakes) {
    const std::vector<Result> results = {counted()};
    const std::vector<Table> tables = price_tables(make_view(results, {}), {checked()});
    ASSERT_EQ(tables.size(), 1U);
    ASSERT_EQ(tables[0].rows.size(), 1U);
    std::vector<std::string> texts;
    for (const Entry& entry : tables[0].rows[0]) texts.push_back(entry.text);
    // minimal; cells that fail, patches; tests run (a skipped one was not), declared, failed
    EXPECT_EQ(texts, (std::vector<std::string>{"direct", "-10.0%", "1", "0", "2", "1", "0"}));
}

TEST(Choice, NamesWhoSavesMostAndWhoFails) {
    Result result = counted();
    made_kernel(result, "pagelist", '3');
    made_count(result, "pagelist", kNative + "argv:0p/long", {{790}, {800}, {810}});
    made_count(result, "pagelist", kNative + "argv:8p/long", {{2000}, {2000}, {2000}});
    const std::vector<Result> results = {result};
    const std::vector<std::string> lines = choice(make_view(results, {}), {checked()});
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_EQ(
        lines[0],
        "Which to choose: of those that fail in no cell, pagelist (-20.0 %) takes most off a minimal native "
        "exec; direct (-10.0 %) fails in some cells.");
    EXPECT_EQ(lines[1], "Tests in which programs see something else than on mainline: direct in 1 of 2.");
}

TEST(Page, WhatStandsInAResultIsText) {
    Result result = counted();
    result.kernels[1].base = kHostile;
    result.environment["emulator"] = kHostile;
    const std::string html = page_html(report_of(result), kCharts);
    EXPECT_EQ(html.find("alert(1)</script>"), std::string::npos);
    EXPECT_NE(html.find("&lt;/script&gt;&lt;script&gt;alert(1)"), std::string::npos);
    EXPECT_NE(html.find("\\u003c/script>"), std::string::npos) << "in the chart's data";
    EXPECT_EQ(times(html, "<script"), times(html, "</script>"));
    EXPECT_EQ(times(html, "<!--"), 0U);
}

TEST(Page, BadUtf8AndControlCharactersAreShownAsText) {
    Result result = counted();
    result.cells[3].reason = "bad \xff and \x1b[31m";
    const std::string html = page_html(report_of(result), kCharts);
    EXPECT_EQ(html.find('\x1b'), std::string::npos);
    EXPECT_EQ(html.find('\xff'), std::string::npos);
    EXPECT_NE(html.find("bad \xef\xbf\xbd and"), std::string::npos);
}

TEST(Page, AFigureIsNotPartedFromItsSign) {
    const std::string html = page_html(report_of(counted()), kCharts);
    EXPECT_NE(html.find("10.0\xc2\xa0%"), std::string::npos);
}

TEST(Page, AScriptThatWouldEndItsElementIsRefused) {
    EXPECT_THROW(page_html(report_of(counted()), {"</script>", "x", ""}), std::logic_error);
}

TEST(Page, IsReadWithoutScriptsAndSaysWhatBringsCharts) {
    const TemporaryDirectory empty;
    const ChartLibrary none = load_charts(empty.path);
    EXPECT_FALSE(none.there());
    const std::string html = page_html(report_of(counted()), none);
    EXPECT_EQ(times(html, "<script"), 0U);
    EXPECT_EQ(times(html, "<figure"), 0U);
    EXPECT_NE(html.find("nodejs npm"), std::string::npos);
    EXPECT_NE(html.find("<td>-10.0%</td>"), std::string::npos);
}

TEST(Page, WhatIsAbsentSaysWhatWouldMakeIt) {
    const Report report = report_of(counted());
    EXPECT_TRUE(section(report, "times").absent);
    EXPECT_EQ(section(report, "times").command, "./run.sh host");
    EXPECT_EQ(section(report, "checks").command, "./run.sh check");
    EXPECT_TRUE(section(report, "change").absent);
    EXPECT_TRUE(section(report, "history").absent);
    EXPECT_TRUE(section(report, "exact1-1-phase").absent) << "no kernel of it has stamps";
    EXPECT_FALSE(section(report, "exact1-1-costs").absent);
    const std::string html = page_html(report, kCharts);
    EXPECT_NE(html.find("Not measured here. This would: <code>./run.sh host</code>"), std::string::npos);
    expect_error(Exit::usage, "needs a result", [] { make_report({}); });
}

TEST(Page, InstrumentsAndResultsHaveSectionsOfTheirOwn) {
    ReportRequest request;
    Result other = counted();
    other.run.id = "run-2";
    other.run.plan_sha256 = std::string(64, 'f');  // not to be compared with the first
    Result timed = made_result(Instrument::clock, "run-3");
    made_kernel(timed, "running", '1');
    for (const char* aslr : {"aslr", "noaslr"})
        made_time(timed, "self-exec/native/" + std::string(aslr) + "/argv:0p/long",
                  {{17000}, {17001}, {17002}, {17003}, {17004}, {17005}});
    request.inputs = {{counted(), other}, {timed}, {checked()}};
    const Report report = make_report(request);
    EXPECT_NE(section(report, "exact1-1-costs").title.find("run-1"), std::string::npos);
    EXPECT_NE(section(report, "exact2-1-costs").title.find("run-2"), std::string::npos);
    for (const Section& one : report.sections) {
        for (const Figure& figure : one.figures) {
            const bool clock = one.id.starts_with("clock");
            EXPECT_EQ(figure.spec.dump().find("\"metric\":\"time\"") != std::string::npos,
                      clock && figure.id == "clock1-time")
                << figure.id;
        }
    }
    EXPECT_EQ(section(report, "check1-checks").tables.size(), 2U);
}

TEST(Page, TwoResultsAreHeldAgainstEachOther) {
    ReportRequest request;
    Result after = counted();
    after.run.id = "run-2";
    after.kernels[0].image_sha256 = std::string(64, '9');
    after.cells[0].metrics["instructions"] = made_metric("instructions", {{1990}, {2000}, {2010}}, true);
    request.inputs.exact = {after};
    request.before = counted();
    const Report report = make_report(request);
    const Section& change = section(report, "change");
    ASSERT_EQ(change.tables.size(), 1U);
    const std::vector<Entry>& row = change.tables[0].rows.at(0);
    EXPECT_EQ(row[0].text, "pristine " + kNative + "argv:0p/long");
    EXPECT_EQ(row[2].text, "1000");
    EXPECT_EQ(row[3].text, "2000");
    EXPECT_EQ(row[5].text, "+100.00%");
    ASSERT_EQ(change.figures.size(), 1U);
    EXPECT_EQ(change.figures[0].spec["data"]["values"][0]["percent"], 100);
    request.inputs = {{}, {}, {checked()}};
    expect_error(Exit::usage, "no result given is", [&] { make_report(request); });
}

TEST(Page, AHistoryShowsItsSteps) {
    HistoryFiles files;
    for (int i = 0; i < 3; ++i) {
        Result result = counted();
        result.run.id = "run-" + std::to_string(i);
        result.run.started = "2026-08-0" + std::to_string(i + 1) + "T12:00:00Z";
        if (i == 2) {
            result.kernels[0].image_sha256 = std::string(64, '9');
            result.cells[0].metrics["instructions"] =
                made_metric("instructions", {{1990}, {2000}, {2010}}, true);
        }
        files.results.push_back(result);
    }
    ReportRequest request;
    request.history = history_of(files, {});
    const Report report = make_report(request);
    const Section& history = section(report, "history");
    ASSERT_EQ(history.tables.size(), 1U);
    EXPECT_EQ(history.tables[0].rows.at(0)[1].text, "run-2");
    ASSERT_EQ(history.figures.size(), 1U);
    std::size_t steps = 0;
    for (const auto& value : history.figures[0].spec["data"]["values"])
        steps += value.contains("step") ? 1 : 0;
    EXPECT_EQ(steps, 1U);
    // What stepped is what is shown first.
    EXPECT_EQ(history.figures[0].controls.at(0).choices.at(0).value, kNative + "argv:0p/long");
}

TEST(PageInputs, AreSortedByWhatTheyAre) {
    const TemporaryDirectory directory;
    save_result(counted(), directory.path / "a.json");
    save_check_result(checked(), directory.path / "b.json");
    const PageInputs inputs = load_inputs({directory.path / "a.json", directory.path / "b.json"});
    EXPECT_EQ(inputs.exact.size(), 1U);
    EXPECT_EQ(inputs.clock.size(), 0U);
    EXPECT_EQ(inputs.checks.size(), 1U);
}

TEST(PageInputs, ACellOfTheOtherInstrumentIsRefused) {
    const TemporaryDirectory directory;
    Result result = counted();
    result.cells[0].metrics["time"] = made_metric("ns", {{1}, {2}, {3}}, true);
    save_result(result, directory.path / "a.json");
    expect_error(Exit::usage, "instrument exact does not measure",
                 [&] { load_inputs({directory.path / "a.json"}); });
    write_file_atomically(directory.path / "c.json", "{\"schema\": \"other\"}");
    expect_error(Exit::usage, "is \"other\", not \"stackshift-result\"",
                 [&] { load_inputs({directory.path / "c.json"}); });
    expect_error(Exit::usage, "none.json", [&] { load_inputs({directory.path / "none.json"}); });
}

TEST(Plots, StandAlone) {
    PageInputs inputs;
    inputs.exact = {counted()};
    const std::vector<Figure> plots = make_plots(inputs);
    std::vector<std::string> ids;
    for (const Figure& plot : plots) ids.push_back(plot.id);
    EXPECT_EQ(ids, (std::vector<std::string>{"6.12-cost", "6.12-difference-native"}))
        << "no i386 cell, no phases, no flushes";
    EXPECT_EQ(plots[0].spec["encoding"]["y"]["scale"]["type"], "log");
    EXPECT_EQ(plots[0].spec["background"], kLightGround);
    expect_error(Exit::usage, "nothing to plot", [] { make_plots({}); });
}

}  // namespace
}  // namespace stackshift
