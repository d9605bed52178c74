// SPDX-License-Identifier: MIT
// The report as a reader sees it, in a browser, and the plots as their files. What is not installed skips its
// test.
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "page/inputs.h"
#include "page/page.h"
#include "page/plots.h"
#include "results/load.h"
#include "run_tool.h"
#include "support/json_schema.h"
#include "util/files.h"

namespace stackshift {
namespace {

using nlohmann::ordered_json;

const std::string kReference =
    PROJECT_DIR "/results/reference/linux-6.12.117_gcc-12.2.0_qemu-7.2.22_smoke.json";
const std::filesystem::path kCharts = WORK_DIR "/charts";
const std::string kSchema = (kCharts / "node_modules/vega-lite/build/vega-lite-schema.json").string();

#define SKIP_WITHOUT_CHARTS()              \
    if (!std::filesystem::exists(kSchema)) \
    GTEST_SKIP() << "skipped: no chart library (./run.sh test fetches it)"

/// Of the browser's tests alone: what `report` itself fetched has it not.
const std::filesystem::path kAxe = kCharts / "node_modules/axe-core";

#define SKIP_WITHOUT(program, package) \
    if (find_program(program).empty()) GTEST_SKIP() << "skipped: " package " is not installed"

/// The reference's page, and what a browser has seen of it.
class ReportInBrowser : public testing::Test {
  protected:
    static void SetUpTestSuite() {
        const ToolRun report = run_tool({"report", kReference, "--out", directory_.path.string()});
        ASSERT_EQ(report.code, 0) << report.err;
        if (!std::filesystem::exists(kSchema) || !std::filesystem::exists(kAxe) ||
            find_program("node").empty() || find_program("chromium").empty())
            return;
        const ToolRun look = run_program(
            {"node", PROJECT_DIR "/tests/browser/look_at_page.mjs", find_program("chromium").string(),
             kCharts.string(), (directory_.path / "index.html").string(), directory_.path.string()});
        ASSERT_EQ(look.code, 0) << look.err;
        seen_ = ordered_json::parse(look.out);
    }
    void SetUp() override {
        SKIP_WITHOUT_CHARTS();
        if (!std::filesystem::exists(kAxe)) GTEST_SKIP() << "skipped: no axe-core (./run.sh test fetches it)";
        SKIP_WITHOUT("node", "nodejs");
        SKIP_WITHOUT("chromium", "chromium");
        ASSERT_TRUE(seen_.contains("figures"));
    }
    static inline TemporaryDirectory directory_;
    static inline ordered_json seen_ = ordered_json::object();
};

TEST_F(ReportInBrowser, AsksForNothingAndComplainsOfNothing) {
    EXPECT_EQ(seen_["requests"], ordered_json::array());
    EXPECT_EQ(seen_["problems"], ordered_json::array());
    EXPECT_GE(seen_["figures"].size(), 4U);
    EXPECT_LT(std::filesystem::file_size(directory_.path / "index.html"), 5000000U);
}

TEST_F(ReportInBrowser, PlottedValuesAreTheResults) {
    const Result result = load_result(kReference);
    std::size_t held = 0;
    for (const ordered_json& row : seen_["data"]["exact1-1-cost"]) {
        if (row["metric"] != "instructions" || !row.contains("value")) continue;
        for (const CellResult& cell : result.cells) {
            if (cell.strategy != row["strategy"] || cell.cell.name() != row["cell"]) continue;
            EXPECT_NEAR(cell.metrics.at("instructions").median, row["value"].get<double>(), 0.25);
            ++held;
        }
    }
    EXPECT_GE(held, 3U);
}

TEST_F(ReportInBrowser, AClickChangesAChartAndAPointTells) {
    EXPECT_TRUE(seen_["changed_by_click"]);
    const std::string told = seen_["told"];
    EXPECT_NE(told.find("instructions"), std::string::npos) << told;
    EXPECT_NE(told.find("./run.sh lab --profile smoke"), std::string::npos) << told;
    EXPECT_NE(told.find("--filter '^self-exec/"), std::string::npos) << told;
}

TEST_F(ReportInBrowser, IsAccessibleInLightAndDark) {
    EXPECT_EQ(seen_["light"], ordered_json::array());
    EXPECT_EQ(seen_["dark"], ordered_json::array());
    EXPECT_LE(seen_["narrow_width"], 400) << "a narrow window scrolls sideways";
}

TEST(Reports, SpecificationsAreVegaLites) {
    SKIP_WITHOUT_CHARTS();
    SKIP_WITHOUT_JSON_SCHEMA();
    ReportRequest request;
    request.inputs = load_inputs({kReference});
    request.before = request.inputs.exact.front();
    request.history = history_of({{request.inputs.exact.front(), request.inputs.exact.front()}, {}}, {});
    std::vector<ordered_json> specs;
    for (const Section& section : make_report(request).sections)
        for (const Figure& figure : section.figures) specs.push_back(figure.spec);
    for (const Figure& figure : make_plots(request.inputs)) specs.push_back(figure.spec);
    ASSERT_GE(specs.size(), 8U);
    // The values are not the schema's business, and it takes long over them.
    for (ordered_json& spec : specs) {
        ASSERT_FALSE(spec["data"]["values"].empty());
        spec["data"]["values"] = ordered_json::array({spec["data"]["values"][0]});
    }
    ordered_json wrong = specs.front();
    wrong["encoding"]["x"]["type"] = "quantity";
    specs.push_back(wrong);
    const std::vector<std::string> verdicts = schema_file_verdicts(kSchema, specs);
    ASSERT_EQ(verdicts.size(), specs.size());
    for (std::size_t i = 0; i + 1 < specs.size(); ++i) EXPECT_EQ(verdicts[i], "valid") << specs[i]["title"];
    EXPECT_NE(verdicts.back(), "valid") << "a schema that accepts everything would prove nothing";
}

TEST(Reports, ScriptsAreLinted) {
    const std::filesystem::path biome = kCharts / "node_modules/.bin/biome";
    if (!std::filesystem::exists(biome)) GTEST_SKIP() << "skipped: no linter (./run.sh test fetches it)";
    const ToolRun lint = run_program({biome.string(), "lint", "--error-on-warnings",
                                      PROJECT_DIR "/bench/page/templates/page.js",
                                      PROJECT_DIR "/plots/render.mjs", PROJECT_DIR "/tests/browser"});
    EXPECT_EQ(lint.code, 0) << lint.out << lint.err;
}

TEST(Reports, WithoutTheChartLibraryTheTablesAreThere) {
    const TemporaryDirectory prefix;
    install_to(prefix.path);
    const ToolRun report = run_program({(prefix.path / "bin/stackshift").string(), "report", kReference,
                                        "--out", (prefix.path / "out").string()});
    EXPECT_EQ(report.code, 0) << report.err;
    EXPECT_NE(report.err.find("nodejs npm"), std::string::npos) << report.err;
    const std::string page = read_file(prefix.path / "out/index.html");
    EXPECT_EQ(page.find("<script"), std::string::npos);
    EXPECT_NE(page.find("What each strategy changes of an exec"), std::string::npos);
}

TEST(Reports, BadInputIsNamed) {
    const TemporaryDirectory directory;
    const std::string out = directory.path.string();
    write_file_atomically(directory.path / "other.json", "{\"schema\": \"other\", \"schema_version\": 1}");
    const auto expect = [&](int code, const std::string& words, const std::vector<std::string>& arguments) {
        const ToolRun run = run_tool(arguments);
        EXPECT_EQ(run.code, code) << run.err;
        EXPECT_NE(run.err.find(words), std::string::npos) << run.err;
    };
    expect(2, "--out", {"report", kReference});
    expect(2, "is \"other\"", {"report", out + "/other.json", "--out", out});
    expect(2, "no result to look at", {"report", "--out", out, "--work-dir", out});
    expect(2, "nowhere", {"report", out + "/nowhere", "--out", out});
    expect(2, "no such folder", {"report", kReference, "--history", out + "/nowhere", "--out", out});
    expect(2, "is \"other\"", {"plot", out + "/other.json", "--out", out});
    EXPECT_FALSE(std::filesystem::exists(directory.path / "index.html"));
}

/// The README's figure is what `./run.sh plot` makes of the reference of smoke, to the byte.
TEST(Plots, TheCommittedFigureIsMadeAgain) {
    SKIP_WITHOUT_CHARTS();
    SKIP_WITHOUT("node", "nodejs");
    SKIP_WITHOUT("rsvg-convert", "librsvg2-bin");
    const TemporaryDirectory directory;
    const ToolRun plot = run_tool({"plot", kReference, "--out", directory.path.string()});
    ASSERT_EQ(plot.code, 0) << plot.err;
    const std::string name = "6.12-difference-native.svg";
    EXPECT_TRUE(read_file(directory.path / name) == read_file(PROJECT_DIR "/plots/" + name))
        << "make it again: ./run.sh plot " << kReference << " --out plots, and commit " << name;
    EXPECT_NE(plot.out.find("6.12-flushes.png"), std::string::npos) << plot.out;
    EXPECT_TRUE(read_file(directory.path / "6.12-flushes.png").starts_with("\x89PNG"));
}

}  // namespace
}  // namespace stackshift
