// SPDX-License-Identifier: MIT
// Records and formats, with values worked out by hand from the samples below.
#include <gtest/gtest.h>

#include <cstdint>
#include <sstream>

#include "export/formats.h"
#include "results/load.h"
#include "results/summary.h"
#include "util/error.h"

namespace stackshift {
namespace {

constexpr const char* kPlain = "self-exec/native/aslr/argv:0p/long";
constexpr const char* kLarge = "self-exec/native/noaslr/argv:33p/long";

void add_metric(CellResult& cell, const std::string& name, const std::string& unit,
                const std::vector<std::vector<double>>& groups, bool exact = true) {
    Metric& metric = cell.metrics[name];
    metric.unit = unit;
    for (const std::vector<double>& group : groups) {
        metric.samples.insert(metric.samples.end(), group.begin(), group.end());
        metric.groups.push_back(group.size());
    }
    summarise(metric, exact);
}

Result counted() {
    Result result;
    result.run.id = "20260101T000000Z-lab";
    result.run.started = "2026-01-01T00:00:00Z";  // 1767225600 seconds, by date(1)
    result.run.profile = "quick";
    result.run.suite_version = "1";
    result.run.seeds = {1, 2, 3};
    result.kernels = {{"pristine", "6.12.117", "bench", "", {}, std::string(64, 'a'), "gcc 12"},
                      {"direct",
                       "6.12.117",
                       "bench",
                       "",
                       {{"kernels/patches/direct/0001-x.patch", std::string(64, 'b')}},
                       std::string(64, 'c'),
                       "gcc 12"}};
    CellResult base = unmeasured(*parse_cell(kPlain), "pristine");
    // Medians of the seeds: 100, 110, 104; of these: 104.
    add_metric(base, "instructions", "instructions", {{90, 100, 180}, {110, 110, 110}, {104, 103, 105}});
    add_metric(base, "tlb.flush_all", "1", {{1}, {1}, {0.25}});  // mean 0.75, median 1
    base.unavailable["phase"] = "no stamps";
    CellResult other = unmeasured(*parse_cell(kPlain), "direct");
    add_metric(other, "instructions", "instructions", {{80}, {78}, {79}});
    add_metric(other, "phase.place", "instructions", {{5}, {6}, {7}});
    other.metrics["phase.place"].better = "none";
    CellResult failed = unmeasured(*parse_cell(kLarge), "direct");
    failed.status = CellStatus::failed;
    failed.expected = false;
    failed.reason = "exec 1 of 5: execve: E2BIG (Argument list too long)";
    result.cells = {base, other, failed};
    return result;
}

ExportData data_of(const std::vector<std::string>& metrics = {}) {
    return make_export({counted()}, {"", metrics}, {});
}

nlohmann::json json_of(ExportFormat format, const ExportData& data) {
    return nlohmann::json::parse(render(format, data).text);
}

TEST(Export, RecordsAreWhatTablesShow) {
    const ExportData data = data_of();
    ASSERT_EQ(data.records.size(), 3U);  // phase.place was not asked for
    const ExportRecord& cost = data.records[0];
    EXPECT_EQ(cost.name(), "pristine/self-exec/native/aslr/argv:0p/long/instructions");
    EXPECT_EQ(cost.value, 104);
    EXPECT_EQ(cost.low, 100);
    EXPECT_EQ(cost.high, 110);
    EXPECT_EQ(cost.min, 90);
    EXPECT_EQ(cost.max, 180);
    EXPECT_EQ(cost.n, 9U);
    const ExportRecord& flushes = data.records[1];
    EXPECT_EQ(flushes.statistic, Statistic::mean);
    EXPECT_EQ(flushes.value, 0.75);
    ASSERT_EQ(data.gaps.size(), 2U);
    EXPECT_EQ(gap_lines(data.gaps)[0],
              "pristine: 1 cell phase unavailable: no stamps (first: self-exec/native/aslr/argv:0p/long)");
    EXPECT_EQ(gap_lines(data.gaps)[1],
              "direct: 1 cell FAILED, not declared: execve: E2BIG (Argument list too long) (first: "
              "self-exec/native/noaslr/argv:33p/long)");
}

TEST(Export, ClockRecordsHaveTheMediansInterval) {
    Result result = counted();
    result.run.instrument = Instrument::clock;
    CellResult cell = unmeasured(*parse_cell(kPlain), "running");
    // Six rounds: the narrowest 95 % interval is from the least to the greatest (stats_test.cpp).
    add_metric(cell, "time", "ns", {{10}, {12}, {11}, {15}, {13}, {14}}, false);
    result.cells = {cell};
    const ExportData data = make_export({result}, {}, {});
    ASSERT_EQ(data.records.size(), 1U);
    EXPECT_EQ(data.records[0].value, 12.5);
    EXPECT_EQ(data.records[0].low, 10);
    EXPECT_EQ(data.records[0].high, 15);
    const std::string text = render(ExportFormat::openmetrics, data).text;
    EXPECT_NE(text.find("# UNIT stackshift_exec_time_seconds seconds\n"), std::string::npos) << text;
    EXPECT_NE(text.find("stat=\"median\"} 1.25e-08 1767225600\n"), std::string::npos) << text;
}

void expect_usage(const std::function<void()>& call, const std::string& part) {
    try {
        call();
        ADD_FAILURE() << "nothing thrown; expected " << part;
    } catch (const Error& error) {
        EXPECT_EQ(error.code, Exit::usage);
        EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
    }
}

TEST(Export, WhatCannotBeExportedIsRefused) {
    expect_usage([] { data_of({"instruction"}); },
                 "unknown metric 'instruction' (did you mean 'instructions'?");
    expect_usage([] { make_export({counted()}, {"nothing-has-this", {}}, {}); }, "matches no cell");
    expect_usage([] { make_export({counted(), counted()}, {}, {}); }, "export them one by one");
    expect_usage([] { render(ExportFormat::nyrkio, data_of()); },
                 "add --repository URL, --branch NAME, --commit");
    expect_usage([] { render(ExportFormat::github_action, data_of({"phase.place"})); },
                 "can hold nothing of this");
    Result strange = counted();
    strange.run.started = "yesterday";
    expect_usage([&] { render(ExportFormat::openmetrics, make_export({strange}, {}, {})); }, "run.started");
}

TEST(Export, GroupsOfMetricsAndAll) {
    EXPECT_EQ(data_of({"phase"}).records.size(), 1U);
    EXPECT_EQ(data_of({"tlb", "phase"}).records.size(), 2U);
    EXPECT_EQ(data_of({"all"}).records.size(), 4U);
}

TEST(Export, GithubActionHoldsOnlyWhatIsBetterWhenSmaller) {
    const Exported exported = render(ExportFormat::github_action, data_of({"all"}));
    const nlohmann::json entries = nlohmann::json::parse(exported.text);
    ASSERT_EQ(entries.size(), 3U);
    EXPECT_EQ(entries[0]["value"], 104);
    EXPECT_EQ(entries[0]["unit"], "instructions");
    EXPECT_EQ(entries[0]["range"], "± 5");  // half of 100 to 110
    EXPECT_EQ(exported.left_out.back(), "1 metrics that are not better when smaller");
}

TEST(Export, BencherNamesMeasuresBySlugs) {
    const nlohmann::json document = json_of(ExportFormat::bencher, data_of({"all"}));
    const nlohmann::json& metric = document["direct/self-exec/native/aslr/argv:0p/long"]["phase-place"];
    EXPECT_EQ(metric, (nlohmann::json{{"value", 6}, {"lower_value", 5}, {"upper_value", 7}}));
    // The mean 0.75 lies between the boots' 0.25 and 1.
    EXPECT_EQ(document["pristine/self-exec/native/aslr/argv:0p/long"]["tlb-flush-all"]["upper_value"], 1);
}

TEST(Export, KcidbHasATestANumberAndFailuresWithout) {
    const nlohmann::json document = json_of(ExportFormat::kcidb, data_of());
    ASSERT_EQ(document["tests"].size(), 5U);
    const nlohmann::json& test = document["tests"][0];
    EXPECT_EQ(test["path"], "stackshift.self-exec.native.aslr.argv-0p.long.instructions");
    EXPECT_EQ(test["status"], "DONE");
    EXPECT_EQ(test["number"], (nlohmann::json{{"value", 104}, {"unit", "instructions"}}));
    EXPECT_EQ(document["tests"][3]["status"], "SKIP");
    EXPECT_EQ(document["tests"][4]["status"], "FAIL");
    EXPECT_FALSE(document["tests"][4].contains("number"));
    // printf '%064d\n' 0 | tr 0 b | sha256sum
    EXPECT_EQ(document["checkouts"][1]["patchset_hash"],
              "5c6449da335badb355097ca2a7898509bce8feebfe31dedce47798825fdd9a11");
    EXPECT_EQ(document["checkouts"][0]["patchset_hash"], "");
    ExportContext context;
    context.origin = "My CI";
    expect_usage([&] { render(ExportFormat::kcidb, make_export({counted()}, {}, context)); },
                 "--origin 'My CI'");
}

TEST(Export, PerfherderIsOneLineWithinItsLimits) {
    Result result = counted();
    result.cells[1].cell.aslr = Aslr::off;
    const std::string longest(60, 'x');
    add_metric(result.cells[1], "perf." + longest, "1", {{1}});
    const Exported exported = render(ExportFormat::perfherder, make_export({result}, {"", {"all"}}, {}));
    ASSERT_TRUE(exported.text.starts_with("PERFHERDER_DATA: {"));
    EXPECT_EQ(std::count(exported.text.begin(), exported.text.end(), '\n'), 1);
    EXPECT_NE(exported.left_out[0].find(longest), std::string::npos);
    const nlohmann::json document = nlohmann::json::parse(exported.text.substr(17));
    EXPECT_FALSE(document["suites"][0]["subtests"][0].contains("alertThreshold"));  // draws differ
    const nlohmann::json& exact = document["suites"][1]["subtests"][0];
    EXPECT_EQ(exact["name"], "self-exec/native/noaslr/argv:0p/long/instructions");
    EXPECT_EQ(exact["alertThreshold"], 1);
    EXPECT_EQ(exact["lowerIsBetter"], true);
}

TEST(Export, NyrkioHasAPointACommit) {
    Result result = counted();
    result.kernels[0].commit = std::string(40, '1');
    result.kernels[1].commit = std::string(40, '2');
    ExportContext context;
    context.repository = "https://example.org/linux";
    context.branch = "main";
    const nlohmann::json points = json_of(ExportFormat::nyrkio, make_export({result}, {}, context));
    ASSERT_EQ(points.size(), 2U);
    EXPECT_EQ(points[0]["timestamp"], 1767225600);
    EXPECT_EQ(points[1]["timestamp"], 1767225601);
    EXPECT_EQ(points[1]["attributes"]["git_commit"], std::string(40, '2'));
    EXPECT_EQ(points[1]["metrics"][0]["name"], "self-exec/native/aslr/argv:0p/long/instructions");
    EXPECT_EQ(points[1]["metrics"][0]["direction"], "lower_is_better");
}

TEST(Export, OpenMetricsSaysWhichCellsHaveNoNumber) {
    const std::string text = render(ExportFormat::openmetrics, data_of()).text;
    EXPECT_TRUE(text.ends_with("# EOF\n"));
    EXPECT_NE(text.find("# TYPE stackshift_exec_instructions gauge\n# UNIT stackshift_exec_instructions "
                        "instructions\n"),
              std::string::npos)
        << text;
    EXPECT_NE(text.find("shape=\"long\",stat=\"low\"} 100 1767225600\n"), std::string::npos) << text;
    EXPECT_NE(
        text.find("stackshift_cell_ok{strategy=\"direct\",cell=\"self-exec/native/noaslr/argv:33p/long\""),
        std::string::npos);
    EXPECT_NE(text.find("pages=\"33\",shape=\"long\"} 0 1767225600\n"), std::string::npos) << text;
}

/// A reader of Go's format, by its description (golang.org/design/14313-benchmark-format).
struct GoLine {
    std::string strategy;
    std::string name;
    std::map<std::string, double> values;
};

std::vector<GoLine> read_go(const std::string& text) {
    std::vector<GoLine> lines;
    std::string strategy;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with("strategy: ")) strategy = line.substr(10);
        if (!line.starts_with("Benchmark")) continue;
        std::istringstream fields(line);
        GoLine read;
        std::uint64_t iterations = 0;
        fields >> read.name >> iterations;
        EXPECT_GT(iterations, 0U) << line;
        read.strategy = strategy;
        std::string value;
        std::string unit;
        while (fields >> value >> unit) read.values[unit] = std::stod(value);
        EXPECT_FALSE(read.values.empty()) << line;
        lines.push_back(read);
    }
    return lines;
}

TEST(Export, BenchstatHasALineASeed) {
    const std::string text = render(ExportFormat::benchstat, data_of({"all"})).text;
    const std::vector<GoLine> lines = read_go(text);
    ASSERT_EQ(lines.size(), 6U);
    EXPECT_EQ(lines[1].strategy, "pristine");
    EXPECT_EQ(lines[1].name, "BenchmarkExec/path=self-exec/abi=native/aslr=on/place=argv/pages=0/shape=long");
    EXPECT_EQ(lines[1].values,
              (std::map<std::string, double>{{"instructions/op", 110}, {"tlb.flush_all/op", 1}}));
    EXPECT_EQ(lines[5].strategy, "direct");
    EXPECT_EQ(lines[5].values.at("phase.place-instructions/op"), 7);
    EXPECT_NE(text.find("Unit instructions/op better=lower\n"), std::string::npos);
    EXPECT_EQ(text.find("Unit phase.place"), std::string::npos);  // neither is better
    EXPECT_NE(text.find("# direct: 1 cell FAILED"), std::string::npos);
}

TEST(Export, GoogleBenchmarkHasARepetitionASeed) {
    const nlohmann::json document = json_of(ExportFormat::google_benchmark, data_of());
    ASSERT_EQ(document["benchmarks"].size(), 6U);
    EXPECT_EQ(document["benchmarks"][2]["real_time"], 104);
    EXPECT_EQ(document["benchmarks"][2]["repetition_index"], 2);
    EXPECT_EQ(document["benchmarks"][2]["iterations"], 3);
    EXPECT_NE(document["context"]["stackshift_left_out"].get<std::string>().find("FAILED"),
              std::string::npos);
}

TEST(Export, TablesForPeople) {
    const std::string lkp = render(ExportFormat::lkp, data_of()).text;
    // 79 against 104: -24.04 %; the seeds' 100, 110, 104 deviate by 5.03 of 104.67, 80, 78, 79 by 1 of 79.
    EXPECT_NE(lkp.find("       104 ±  5%     -24.0%         79 ±  1%  "
                       "self-exec.native.aslr.argv:0p.long.instructions\n"),
              std::string::npos)
        << lkp;
    EXPECT_NE(lkp.find("Not in the table: 1 values of pristine that direct does not have\n"),
              std::string::npos);
    const std::string markdown = render(ExportFormat::markdown, data_of()).text;
    EXPECT_NE(markdown.find("| `self-exec/native/aslr/argv:0p/long` | 104 | 79 (-24.04 %) |\n"),
              std::string::npos)
        << markdown;
    EXPECT_NE(markdown.find("- direct: 1 cell FAILED"), std::string::npos);
    const std::string csv = render(ExportFormat::csv, data_of()).text;
    EXPECT_NE(
        csv.find("pristine,self-exec/native/aslr/argv:0p/long,self-exec,native,aslr,argv,0,long,instructions,"
                 "instructions,lower,median,104,100,110,90,180,112.44444444444444,9,ok,,\r\n"),
        std::string::npos)
        << csv;
    EXPECT_NE(csv.find(",failed,no,exec 1 of 5: execve: E2BIG (Argument list too long)\r\n"),
              std::string::npos)
        << csv;
}

}  // namespace
}  // namespace stackshift
