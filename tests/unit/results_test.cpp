// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <stdexcept>

#include "results/consistency.h"
#include "results/json.h"
#include "results/load.h"
#include "results/parse.h"
#include "results/result.h"
#include "results/save.h"
#include "results/summary.h"
#include "support/temporary_directory.h"
#include "util/error.h"
#include "util/files.h"

namespace stackshift {
namespace {

namespace fs = std::filesystem;

const fs::path kData = STACKSHIFT_TEST_DATA;

/// A result with all kinds of cells: two kernels, a reference metric, odd numbers, awkward strings.
Result sample_result() {
    Result result;
    result.run.id = "20260801-120000-ab12";
    result.run.started = "2026-08-01T12:00:00Z";
    result.run.instrument = Instrument::exact;
    result.run.profile = "smoke";
    result.run.suite_version = "0.1.0";
    result.run.argv = {"stackshift", "lab", "--out", "a \"quoted\" \\ path"};
    result.run.seeds = {1, 18446744073709551615ULL};
    result.run.plan_sha256 = std::string(64, 'a');
    result.run.guest_sha256 = std::string(64, 'b');
    result.run.cmdline = "nokaslr panic=-1";
    result.run.emulator_args = {"-smp", "1"};
    result.environment = {{"cpu", "Some CPU"}, {"accel", "tcg"}, {"aslr_sysctl", 2}, {"load", {0.5, 1.25}}};
    result.kernels = {{"pristine",
                       "6.12.117",
                       "bench.config",
                       std::string(64, 'c'),
                       {},
                       std::string(64, 'd'),
                       "gcc",
                       {{"CONFIG_PREEMPT_NONE=y", "CONFIG_PREEMPT_LAZY=y"}},
                       "0123abcd",
                       "exec: count \"strings\" once"},
                      {"direct",
                       "6.12.117",
                       "bench.config",
                       std::string(64, 'c'),
                       {{"0001-direct.patch", std::string(64, 'e')}},
                       std::string(64, 'f'),
                       "gcc"}};
    CellResult cell;
    cell.cell = parse_cell("self-exec/native/aslr/argv:8p/long").value();
    cell.strategy = "pristine";
    Metric& instructions = cell.metrics["instructions"];
    instructions.unit = "instructions";
    instructions.samples = {242096, 241446, 300000, 241769, 241000, 241500.5};
    instructions.groups = {3, 3};
    summarise(instructions, true);
    Metric& flushes = cell.metrics["tlb.flush_all"];
    flushes.unit = "1";
    flushes.better = "none";
    flushes.samples = {0.94, 0.1};
    flushes.groups = {1, 1};
    summarise(flushes, true);
    Metric& reference = cell.metrics["function.a/b~c"];
    reference.unit = "instructions";
    reference.samples_sha256 = std::string(64, '0');
    reference.groups = {2, 2};
    reference.n = 4;
    reference.median = 6;
    reference.mean = 7;
    reference.min = 1;
    reference.max = 20;
    reference.group_medians = {5, 7};
    result.cells.push_back(cell);

    CellResult failed = cell;
    failed.strategy = "direct";
    failed.status = CellStatus::failed;
    failed.reason = "E2BIG at exec 3";
    failed.expected = false;
    failed.metrics.clear();
    result.cells.push_back(failed);
    return result;
}

class ResultFile : public ::testing::Test {
  protected:
    void SetUp() override { text_ = to_json(sample_result()); }

    fs::path file() const { return directory_.path / "result.json"; }

    /// The text with its only occurrence of `what` replaced.
    std::string edited(const std::string& what, const std::string& with) const {
        const std::size_t at = text_.find(what);
        EXPECT_NE(at, std::string::npos) << what;
        EXPECT_EQ(text_.find(what, at + 1), std::string::npos) << what << " occurs twice";
        return std::string(text_).replace(at, what.size(), with);
    }

    /// What load_result says to this text, without the file's name before it.
    std::string refusal(const std::string& text) const {
        write_file_atomically(file(), text);
        try {
            load_result(file());
        } catch (const Error& error) {
            EXPECT_EQ(error.code, Exit::usage);
            const std::string message = error.what();
            EXPECT_EQ(message.find(file().string()), 0U) << message;
            return message.substr(std::min(message.size(), file().string().size()));
        }
        return "accepted";
    }

    const TemporaryDirectory directory_;
    std::string text_;
};

TEST(Summary, ExactTakesTheMedianOfTheSeedsMedians) {
    Metric metric;
    metric.samples = {1, 2, 100, 5, 6, 7, 50, 40, 30};
    metric.groups = {3, 3, 3};
    summarise(metric, true);
    EXPECT_EQ(metric.group_medians, (std::vector<double>{2, 6, 40}));
    EXPECT_EQ(metric.median, 6);
    EXPECT_EQ(metric.n, 9U);
    EXPECT_EQ(metric.min, 1);
    EXPECT_EQ(metric.max, 100);
    EXPECT_DOUBLE_EQ(metric.mean, 241.0 / 9);
}

TEST(Summary, ClockTakesTheMedianOfAllSamples) {
    Metric metric;
    metric.samples = {1, 2, 100, 5, 6};
    metric.groups = {1, 1, 3};
    summarise(metric, false);
    EXPECT_EQ(metric.group_medians, (std::vector<double>{1, 2, 6}));
    EXPECT_EQ(metric.median, 5);
    summarise(metric, true);
    EXPECT_EQ(metric.median, 2);
}

TEST(Summary, NoGroupsAreOneGroup) {
    Metric metric;
    metric.samples = {3, 1};
    summarise(metric, true);
    EXPECT_EQ(metric.groups, (std::vector<std::uint64_t>{2}));
    EXPECT_EQ(metric.group_medians, (std::vector<double>{2}));
}

TEST(Summary, MisuseThrows) {
    Metric metric;
    EXPECT_THROW(summarise(metric, true), std::invalid_argument);
    metric.samples = {1, 2};
    metric.groups = {1};
    EXPECT_THROW(summarise(metric, true), std::invalid_argument);
    metric.groups = {2, 0};
    EXPECT_THROW(summarise(metric, true), std::invalid_argument);
}

TEST(Json, IntegersStayIntegersAndDoublesStayExact) {
    EXPECT_EQ(samples_text({1, 2.5, 3}),
              "[1, 2.5, 3]");  // python3 -c 'import json; print(json.dumps([1, 2.5, 3]))'
    EXPECT_EQ(samples_text({}), "[]");
    EXPECT_EQ(json_number(74107).dump(), "74107");
    EXPECT_EQ(json_number(-0.0).dump(), "-0.0");
    EXPECT_EQ(json_number(9007199254740991).dump(), "9007199254740991");
    for (const double value :
         {0.1, 1.0 / 3, 1e300, 5e-324, -123456.789, 1.7976931348623157e308, 9007199254740993.0}) {
        EXPECT_EQ(nlohmann::ordered_json::parse(json_number(value).dump()).get<double>(), value) << value;
    }
    // printf '[1, 2.5, 3]' | sha256sum
    EXPECT_EQ(samples_digest({1, 2.5, 3}),
              "dae41e620081bfa7c13d4f7d37f2d2ad9084ff3ed0a03abb0524f89fa12c7e50");
}

TEST_F(ResultFile, TextIsPinned) {
    EXPECT_EQ(text_, read_file(kData / "result_small.json"));
}

TEST_F(ResultFile, RoundTripIsExact) {
    save_result(sample_result(), file());
    EXPECT_EQ(read_file(file()), text_);
    const Result loaded = load_result(file());
    EXPECT_EQ(to_json(loaded), text_);
    EXPECT_EQ(loaded.run.seeds[1], 18446744073709551615ULL);
    EXPECT_EQ(loaded.environment, sample_result().environment);
    EXPECT_EQ(loaded.environment.begin().key(), "cpu");  // in the order in which it was written
    ASSERT_EQ(loaded.cells.size(), 2U);
    EXPECT_EQ(loaded.cells[0].metrics.at("instructions").samples[5], 241500.5);
    EXPECT_EQ(loaded.cells[0].metrics.at("function.a/b~c").samples_sha256, std::string(64, '0'));
    EXPECT_FALSE(loaded.cells[1].expected);
}

TEST_F(ResultFile, ClockMediansAreThoseOfAllSamples) {
    Result result = sample_result();
    result.run.instrument = Instrument::clock;
    result.environment["accel"] = "host";
    Metric time;
    time.unit = "ns";
    time.samples = {1, 2, 100, 5, 6};
    time.groups = {1, 1, 3};
    summarise(time, false);
    result.cells[0].metrics = {{"time", time}};
    save_result(result, file());
    EXPECT_EQ(load_result(file()).cells[0].metrics.at("time").median, 5);
}

TEST_F(ResultFile, UnknownKeysAreIgnored) {
    const std::string text =
        edited("\"profile\": \"smoke\"", "\"mood\": {\"a\": [null]}, \"profile\": \"smoke\"");
    EXPECT_EQ(refusal(text), "accepted");
    EXPECT_EQ(to_json(load_result(file())), text_);
}

TEST_F(ResultFile, GroupsMayBeAbsent) {
    std::string text = edited("\"groups\": [1, 1],", "");
    const std::size_t at = text.find("\"group_medians\": [0.94, 0.1],");
    ASSERT_NE(at, std::string::npos);
    text.erase(at, std::string("\"group_medians\": [0.94, 0.1],").size());
    EXPECT_EQ(refusal(text), "accepted");
    const Result loaded = load_result(file());
    EXPECT_EQ(loaded.cells[0].metrics.at("tlb.flush_all").groups, (std::vector<std::uint64_t>{2}));
}

TEST_F(ResultFile, ReferenceMayCarryBothSamplesAndTheirHash) {
    const std::string samples = "\"samples\": [0.94, 0.1]";
    const std::string digest = samples_digest({0.94, 0.1});
    EXPECT_EQ(refusal(edited(samples, samples + ", \"samples_sha256\": \"" + digest + '"')), "accepted");
    EXPECT_EQ(refusal(edited(samples, samples + ", \"samples_sha256\": \"" + std::string(64, '1') + '"')),
              ": /cells/0/metrics/tlb.flush_all/samples_sha256 is not that of the samples beside it");
}

TEST_F(ResultFile, TruncatedAnywhere) {
    EXPECT_EQ(refusal(""), ": the file is empty");
    EXPECT_EQ(refusal("{"), ":1:2: the JSON text ends too early (truncated file?)");
    EXPECT_EQ(refusal("{\n  \"schema\": \"stack"), ":2:19: the JSON text ends too early (truncated file?)");
    for (const std::size_t length : {text_.size() / 7, text_.size() / 2, text_.size() - 2}) {
        EXPECT_NE(refusal(text_.substr(0, length)).find("ends too early"), std::string::npos) << length;
    }
}

TEST_F(ResultFile, NotJson) {
    EXPECT_EQ(refusal("hello"), ":1:1: not JSON: invalid literal; last read: 'h'");
    EXPECT_EQ(refusal("{\n  \"a\": 1,\n  \"b\" 2\n}").substr(0, 16), ":3:7: not JSON: ");
    EXPECT_NE(refusal(text_ + "{}").find("not JSON"), std::string::npos);
    EXPECT_NE(refusal(edited("\"samples\": [0.94, 0.1]", "\"samples\": [NaN, 0.1]")).find("not JSON"),
              std::string::npos);
    EXPECT_NE(
        refusal(edited("\"samples\": [0.94, 0.1]", "\"samples\": [1e999, 0.1]")).find("number overflow"),
        std::string::npos);
    EXPECT_EQ(refusal("[]"), ": is no result: the JSON text is not an object");
}

TEST_F(ResultFile, AnotherKindOrVersion) {
    EXPECT_EQ(refusal("{}"), ": /schema is missing: this is no stackshift result");
    EXPECT_EQ(refusal(edited("stackshift-result", "lkp-stats")),
              ": /schema is \"lkp-stats\", not \"stackshift-result\": this is no stackshift result");
    EXPECT_EQ(refusal(edited("\"schema_version\": 2", "\"schema_version\": 3")),
              ": /schema_version is version 3, this stackshift reads up to 2");
    EXPECT_EQ(refusal(edited("\"schema_version\": 2", "\"schema_version\": \"1\"")).substr(0, 17),
              ": /schema_version");
}

TEST_F(ResultFile, OfTheFirstVersionStillLoads) {
    const TemporaryDirectory directory;
    const std::filesystem::path path = directory.path / "result.json";
    write_file_atomically(path, edited("\"schema_version\": 2", "\"schema_version\": 1"));
    EXPECT_EQ(load_result(path).cells.size(),
              load_result(STACKSHIFT_TEST_DATA "/result_small.json").cells.size());
}

TEST_F(ResultFile, MissingKeys) {
    EXPECT_EQ(refusal(edited("\"status\": \"failed\",", "")), ": /cells/1/status is missing");
    EXPECT_EQ(refusal(edited("\"plan_sha256\"", "\"plan\"")), ": /run/plan_sha256 is missing");
    EXPECT_EQ(refusal(edited("\"accel\"", "\"akzel\"")), ": /environment/accel is missing");
    EXPECT_EQ(refusal(edited("\"samples_sha256\"", "\"sha\"")),
              ": /cells/0/metrics/function.a~1b~0c has neither samples nor samples_sha256");
}

TEST_F(ResultFile, WrongTypesAndValues) {
    EXPECT_EQ(refusal(edited("\"aslr_sysctl\": 2", "\"aslr_sysctl\": \"two\"")), "accepted");  // free-form
    EXPECT_EQ(refusal(edited("\"cmdline\": \"nokaslr panic=-1\"", "\"cmdline\": 7")),
              ": /run/cmdline is 7, which has the wrong type");
    EXPECT_EQ(refusal(edited("\"accel\": \"tcg\"", "\"accel\": \"xen\"")),
              ": /environment/accel is \"xen\", which is none of the values allowed here");
    EXPECT_EQ(refusal(edited("\"samples\": [0.94, 0.1]", "\"samples\": [0.94, \"0.1\"]")),
              ": /cells/0/metrics/tlb.flush_all/samples/1 is \"0.1\", which has the wrong type");
    EXPECT_EQ(refusal(edited("\"samples\": [0.94, 0.1]", "\"samples\": []")).substr(0, 42),
              ": /cells/0/metrics/tlb.flush_all/samples i");
    EXPECT_EQ(refusal(edited("2026-08-01T12:00:00Z", "yesterday")),
              ": /run/started is \"yesterday\", which has the wrong form");
    EXPECT_EQ(refusal(edited("18446744073709551615", "-1")),
              ": /run/seeds/1 is not a whole number from 0 on");
    EXPECT_EQ(refusal(edited("\"n\": 6,", "\"n\": 0,")).substr(0, 37),
              ": /cells/0/metrics/instructions/n is ");
    EXPECT_EQ(refusal(edited("\"status\": \"failed\"", "\"status\": \"odd\"")),
              ": /cells/1/status is \"odd\", which is none of the values allowed here");
}

TEST_F(ResultFile, AWrongSampleFarInALongArray) {
    Result result = sample_result();
    Metric& metric = result.cells[0].metrics["instructions"];
    metric.samples.assign(200, 5);
    metric.samples[150] = 4;
    metric.samples[151] = 3;
    metric.groups = {200};
    summarise(metric, true);
    text_ = to_json(result);
    EXPECT_EQ(refusal(edited(" 4, 3,", " null, 3,")),
              ": /cells/0/metrics/instructions/samples/150 is null, which has the wrong type");
}

TEST_F(ResultFile, EditedByHand) {
    const std::string at = ": /cells/0/metrics/instructions/";
    const std::string end = " (edited by hand?)";
    EXPECT_EQ(refusal(edited("\"n\": 6,", "\"n\": 7,")), at + "groups hold 6 samples, n is 7" + end);
    EXPECT_EQ(refusal(edited("\"median\": 241798.25", "\"median\": 241798")),
              at + "median is 241798, its samples give 241798.25" + end);
    EXPECT_EQ(refusal(edited("\"min\": 241000", "\"min\": 240999")),
              at + "min is 240999, its samples give 241000" + end);
    EXPECT_EQ(refusal(edited("\"max\": 300000", "\"max\": 300001")),
              at + "max is 300001, its samples give 300000" + end);
    EXPECT_EQ(refusal(edited("\"mean\": 251301.91666666666", "\"mean\": 251302")),
              at + "mean is 251302, its samples give 251301.91666666666" + end);
    EXPECT_EQ(refusal(edited("[242096, 241500.5]", "[242097, 241499.5]")),
              at + "group_medians are not those of its samples" + end);
    EXPECT_EQ(refusal(edited("\"groups\": [3, 3]", "\"groups\": [3, 2]")),
              at + "groups hold 5 samples, n is 6" + end);
    EXPECT_EQ(refusal(edited("\"groups\": [3, 3]", "\"groups\": [3, 9223372036854775807, 4]")),
              at + "groups hold one of 9223372036854775807" + end);
    EXPECT_EQ(refusal(edited("[242096, 241446, 300000", "[242096, 241447, 300000")).substr(0, 36),
              at + "mean");
}

TEST_F(ResultFile, EditedReference) {
    const std::string at = ": /cells/0/metrics/function.a~1b~0c/";
    EXPECT_EQ(refusal(edited("\"median\": 6,", "\"median\": 6.5,")),
              at + "median is 6.5, the group medians give 6 (edited by hand?)");
    EXPECT_EQ(refusal(edited("\"mean\": 7,", "\"mean\": 21,")),
              at + "mean lies outside min and max (edited by hand?)");
    EXPECT_EQ(refusal(edited("[5, 7]", "[5, 6, 7]")),
              at + "group_medians are not as many as groups (edited by hand?)");
}

TEST_F(ResultFile, CellsThatContradictThemselves) {
    EXPECT_EQ(refusal(edited("\"strategy\": \"direct\",\n      \"path\"",
                             "\"strategy\": \"pristine\",\n      \"path\"")),
              ": /cells/1 is the same cell as /cells/0 (self-exec/native/aslr/argv:8p/long of pristine)"
              " (edited by hand?)");
    EXPECT_EQ(refusal(edited("E2BIG at exec 3", "")),
              ": /cells/1/reason is empty, but the cell is failed"
              " (edited by hand?)");
    Result result = sample_result();
    result.cells.pop_back();
    text_ = to_json(result);
    EXPECT_EQ(refusal(edited("\"pages\": 8", "\"pages\": 16")),
              ": /cells/0/name is \"self-exec/native/aslr/argv:8p/long\", the cell's fields say "
              "\"self-exec/native/aslr/argv:16p/long\" (edited by hand?)");
    EXPECT_NE(refusal(edited("\"aslr\": true", "\"aslr\": false")), "accepted");
    EXPECT_NE(refusal(edited("\"abi\": \"native\"", "\"abi\": \"i386\"")), "accepted");
    EXPECT_NE(refusal(edited("\"shape\": \"long\"", "\"shape\": \"short\"")), "accepted");
    EXPECT_NE(refusal(edited("\"place\": \"argv\"", "\"place\": \"env\"")), "accepted");
}

/// What to_json says to a result that must not be written.
std::string write_refusal(const Result& result) {
    try {
        to_json(result);
    } catch (const Error& error) {
        // NaN comes from a measurement; all else that cannot be read back is our own mistake.
        const bool measured = std::string(error.what()).find("NaN") != std::string::npos;
        EXPECT_EQ(error.code, measured ? Exit::run_failed : Exit::internal);
        return error.what();
    }
    return "accepted";
}

TEST_F(ResultFile, WhatStandsTwiceIsNamed) {
    EXPECT_EQ(refusal(edited("\"schema_version\": 2", "\"schema_version\": 2, \"schema_version\": 1")),
              ": /schema_version stands there twice (edited by hand?)");
    // In a metric of a cell, behind arrays that are closed already, and in a key that a pointer has to
    // escape.
    EXPECT_EQ(refusal(edited("\"median\": 6,", "\"median\": 6, \"mean\": 7, \"mean\": 7,")).substr(0, 47),
              ": /cells/0/metrics/function.a~1b~0c/mean stands");
    EXPECT_EQ(refusal(edited("\"status\": \"failed\",", "\"status\": \"ok\", \"status\": \"failed\",")),
              ": /cells/1/status stands there twice (edited by hand?)");
    Result result = sample_result();
    result.kernels.push_back(result.kernels.front());
    EXPECT_NE(write_refusal(result).find("is the same kernel as /kernels/0"), std::string::npos);
}

TEST_F(ResultFile, AnObjectHasSoManyKeysAndNoMore) {
    const auto with_keys = [&](std::size_t count) {
        std::string members;
        for (std::size_t i = 1; i < count; ++i) members += fmt::format(", \"key{}\": 0", i);
        return edited("\"aslr_sysctl\": 2", "\"aslr_sysctl\": 2, \"more\": {\"key0\": 0" + members + "}");
    };
    EXPECT_EQ(refusal(with_keys(kMostKeys)), "accepted");
    EXPECT_EQ(refusal(with_keys(kMostKeys + 1)), ": /environment/more has more than 1024 keys");
}

TEST_F(ResultFile, NoSuchFile) {
    try {
        load_result(directory_.path / "absent.json");
        FAIL() << "accepted";
    } catch (const Error& error) {
        EXPECT_EQ(error.code, Exit::usage);
    }
}

TEST(WriteResult, NoNanOrInfinity) {
    for (const double bad : {std::nan(""), std::numeric_limits<double>::infinity()}) {
        Result result = sample_result();
        Metric& metric = result.cells[0].metrics["instructions"];
        metric.samples[1] = bad;
        summarise(metric, true);
        EXPECT_EQ(
            write_refusal(result),
            "result: metric instructions of cell self-exec/native/aslr/argv:8p/long (pristine) holds NaN or "
            "Infinity");
        result = sample_result();
        result.cells[0].metrics["instructions"].samples[1] = bad;  // after its summary was made
        EXPECT_TRUE(write_refusal(result).ends_with("holds NaN or Infinity"));
        result = sample_result();
        result.environment["load"][1] = bad;
        EXPECT_EQ(write_refusal(result), "result: /environment/load/1 is NaN or Infinity");
    }
}

TEST(WriteResult, WhatCouldNotBeReadBackIsNotWritten) {
    Result result = sample_result();
    result.cells[0].metrics["instructions"].better = "faster";
    EXPECT_EQ(write_refusal(result),
              "internal error: result: /cells/0/metrics/instructions/better is \"faster\", which is none of "
              "the values "
              "allowed here");
    result = sample_result();
    result.cells[0].metrics["instructions"].samples.push_back(1);  // and not summarised again
    EXPECT_NE(write_refusal(result).find("/cells/0/metrics/instructions/"), std::string::npos);
    EXPECT_NE(write_refusal(Result{}), "accepted");
}

TEST(WriteResult, InvalidUtf8IsReplaced) {
    Result result = sample_result();
    result.run.argv = {"caf\xe9"};
    const std::string text = to_json(result);
    EXPECT_NE(text.find("caf\xef\xbf\xbd"), std::string::npos);
}

}  // namespace
}  // namespace stackshift
