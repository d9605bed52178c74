// SPDX-License-Identifier: MIT
// Clock results by their kernels: which one runs here, what belongs together, and what is never shown.
#include <gtest/gtest.h>

#include <cstdint>

#include "host/running_kernel.h"
#include "kernels/name_field.h"
#include "report/compare.h"
#include "report/joined.h"
#include "report/time_changes.h"
#include "results/load.h"
#include "results/save.h"
#include "results/timing.h"
#include "support/made_results.h"
#include "support/temporary_directory.h"
#include "util/error.h"
#include "util/pattern.h"

namespace stackshift {
namespace {

constexpr const char* kMinimal = "self-exec/native/aslr/argv:0p/long";
constexpr const char* kEight = "self-exec/native/aslr/argv:8p/long";

TEST(RunningKernel, IsCalledByItsPhasesFile) {
    const KernelInfo direct = recognised_kernel("strategy direct                  \nalloc 12\n", "6.12.117");
    EXPECT_EQ(direct.strategy, "direct");
    EXPECT_EQ(direct.base, "6.12.117");
    EXPECT_EQ(recognised_kernel("strategy array+nozero\n", "6.12.117-mine").strategy, "array+nozero");
    EXPECT_EQ(recognised_kernel("strategy array+nozero\n", "6.12.117-mine").base, "6.12.117");
    EXPECT_EQ(recognised_kernel("strategy direct@7.3\n", "7.3.0-rc1").strategy, "direct@7.3");
    EXPECT_EQ(recognised_kernel("strategy direct@7.3\n", "7.3.0-rc1").base, "7.3.0-rc1");
}

TEST(RunningKernel, OrByThePackagesRelease) {
    EXPECT_EQ(recognised_kernel("", "6.12.117-stackshift-pristine").strategy, "pristine");
    EXPECT_EQ(recognised_kernel("", "6.12.117-stackshift-pristine").base, "6.12.117");
}

TEST(RunningKernel, OrIsJustTheOneThatRuns) {
    const KernelInfo other = recognised_kernel("", "6.1.0-28-amd64");
    EXPECT_EQ(other.strategy, "running");
    EXPECT_EQ(other.base, "6.1.0-28-amd64");
    // An image without a name of its own, and files that are no such file.
    EXPECT_EQ(recognised_kernel("strategy " + std::string(kNamePlaceholder) + "\n", "6.12.117").strategy,
              "running");
    EXPECT_EQ(recognised_kernel("strategy \n", "6.12.117").strategy, "running");
    EXPECT_EQ(recognised_kernel("alloc 12\n", "6.12.117").strategy, "running");
    EXPECT_EQ(recognised_kernel("", "6.12.117-stackshift-").strategy, "running");
}

/// What `host` writes on a machine that runs this kernel.
Result host_result(const std::string& id, const std::string& strategy, const Groups& rounds) {
    Result result = made_result(Instrument::clock, id);
    made_kernel(result, strategy, 'd');
    result.environment["host_kernel"] = "6.12.117-stackshift-" + strategy + " #1";
    CellResult& cell = made_cell(result, strategy, kMinimal);
    cell.metrics["time"] = made_metric("ns", rounds, false);
    return result;
}

TEST(JoinedByStrategy, RoundsOfSeveralBootsFollowEachOther) {
    const std::vector<Result> joined =
        joined_by_strategy({host_result("a", "pristine", {{10, 20}, {30}}), host_result("b", "direct", {{7}}),
                            host_result("c", "pristine", {{50, 60, 70}})});
    ASSERT_EQ(joined.size(), 2U);
    EXPECT_EQ(joined[0].run.id, "a+c");
    const Metric& time = joined[0].cells.at(0).metrics.at("time");
    EXPECT_EQ(time.samples, (std::vector<double>{10, 20, 30, 50, 60, 70}));
    EXPECT_EQ(time.groups, (std::vector<std::uint64_t>{2, 1, 3}));
    EXPECT_EQ(time.group_medians, (std::vector<double>{15, 30, 60}));
    EXPECT_EQ(time.median, 40);
    EXPECT_EQ(joined[1].run.id, "b");
    // Of one strategy each, they stand in one table.
    const std::string text = compare_text(joined, {});
    EXPECT_NE(
        text.find("A minimal native exec against pristine: direct -82.5 % (of two runs, whose intervals "
                  "overlap: in\n  doubt)"),
        std::string::npos)
        << text;
}

TEST(JoinedByStrategy, ACellThatFailsInOneBootHasFailed) {
    Result failed = host_result("c", "pristine", {{50}});
    failed.cells[0].status = CellStatus::failed;
    failed.cells[0].reason = "killed";
    failed.cells[0].metrics.clear();
    Result more = host_result("d", "pristine", {{60}});
    made_cell(more, "pristine", kEight).metrics["time"] = made_metric("ns", {{1}}, false);
    const std::vector<Result> joined =
        joined_by_strategy({host_result("a", "pristine", {{10}}), failed, more});
    ASSERT_EQ(joined.size(), 1U);
    EXPECT_EQ(joined[0].cells.at(0).status, CellStatus::failed);
    EXPECT_EQ(joined[0].cells.at(0).reason, "killed");
    EXPECT_EQ(joined[0].cells.at(1).metrics.at("time").samples, std::vector<double>{1});
}

TEST(JoinedByStrategy, LeavesApartWhatIsNotKnownToBelongTogether) {
    // Two kernels that merely ran may be different ones.
    EXPECT_EQ(
        joined_by_strategy({host_result("a", "running", {{1}}), host_result("b", "running", {{1}})}).size(),
        2U);
    Result plan = host_result("b", "direct", {{1}});
    plan.run.plan_sha256 = std::string(64, 'e');
    EXPECT_EQ(joined_by_strategy({host_result("a", "direct", {{1}}), plan}).size(), 2U);
    Result reduced = host_result("b", "direct", {{1}});
    reduced.cells[0].metrics["time"].samples.clear();
    EXPECT_EQ(joined_by_strategy({host_result("a", "direct", {{1}}), reduced}).size(), 2U);
    Result other = host_result("b", "direct", {{1}});
    other.environment["cpu"] = "Other CPU";
    EXPECT_THROW(joined_by_strategy({host_result("a", "direct", {{1}}), other}), Error);
}

/// The message of what is refused with exit code 3; empty where it is not.
template <typename Function>
std::string refusal(const Function& function) {
    try {
        function();
    } catch (const Error& error) {
        EXPECT_EQ(error.code, Exit::incomparable);
        return error.what();
    }
    return "";
}

TEST(HostFiles, AKernelWithoutANameIsOnlyComparedWithItself) {
    EXPECT_EQ(
        refusal([] {
            compare_text({host_result("a", "pristine", {{1}}), host_result("b", "running", {{1}})}, {});
        }),
        "cannot compare run a with run b: environment.host_kernel is \"6.12.117-stackshift-pristine #1\" and "
        "\"6.12.117-stackshift-running #1\"");
    Result guests = host_result("b", "direct", {{1}});
    guests.environment["accel"] = "kvm";
    EXPECT_EQ(refusal([&] {
                  compare_text({host_result("a", "pristine", {{1}}), guests}, {});
              }),
              "cannot compare run a with run b: environment.accel is \"host\" and \"kvm\"");
}

/// What `lab --instrument clock` writes: two kernels whose rounds drift together.
Result interleaved_result() {
    Result result = made_result(Instrument::clock, "k");
    result.environment["accel"] = "kvm";
    for (const char* strategy : {"pristine", "direct"}) made_kernel(result, strategy, 'd');
    made_cell(result, "pristine", kMinimal).metrics["time"] =
        made_metric("ns", {{1000}, {1100}, {1200}, {1300}, {1400}, {1500}, {1600}}, false);
    made_cell(result, "direct", kMinimal).metrics["time"] =
        made_metric("ns", {{900}, {990}, {1080}, {1170}, {1260}, {1350}, {1440}}, false);
    made_cell(result, "pristine", kEight).metrics["time"] =
        made_metric("ns", {{1000}, {1000}, {1000}, {1000}, {1000}, {1000}, {1000}}, false);
    made_cell(result, "direct", kEight).metrics["time"] =
        made_metric("ns", {{1010}, {990}, {1020}, {980}, {1000}, {1010}, {990}}, false);
    return result;
}

TEST(TimeChanges, RoundsThatWereMadeSideBySideArePaired) {
    const std::vector<Result> results = {interleaved_result()};
    const View view = make_view(results, {});
    const std::vector<TimeChange> changes = time_changes(view, view.contenders.at(1));
    ASSERT_EQ(changes.size(), 2U);
    // Ten per cent less in each round, though the two kernels' times overlap.
    EXPECT_NEAR(changes[0].change.percent, -10, 1e-9);
    EXPECT_NEAR(changes[0].change.interval->low, -10, 1e-9);
    // Seven of one sign: 2 / 2^7; Holm over two cells doubles the smaller.
    EXPECT_NEAR(changes[0].change.p, 2 * 2.0 / 128, 1e-12);
    EXPECT_TRUE(changes[0].told());
    EXPECT_EQ(change_text(changes[0]), "-10.0 % (-10.0 to -10.0)");
    // Three up, three down, one the same.
    EXPECT_EQ(changes[1].change.p, 1);
    EXPECT_FALSE(changes[1].told());
    EXPECT_EQ(changes[1].change.percent, 0);
    EXPECT_EQ(change_text(changes[1]).find("no difference told"), 0U);
    EXPECT_TRUE(time_changes(view, view.contenders.at(0)).empty()) << "the baseline against itself";
}

TEST(TimeChanges, StandInCompare) {
    const std::string text = compare_text({interleaved_result()}, {});
    EXPECT_NE(text.find("By the clock, in KVM guests with Linux 6.12.117"), std::string::npos) << text;
    EXPECT_NE(text.find("A minimal native exec against pristine: direct -10.0 % (-10.0 to -10.0)\n"),
              std::string::npos)
        << text;
    const Pattern row(R"(self-exec/native/aslr/argv:0p/long +1300 +1170 +-10.0% +-10.0 +-10.0 +0.031 +0.00)");
    EXPECT_TRUE(row.found_in(text)) << text;
    CompareOptions all;
    all.all = true;
    EXPECT_NE(compare_text({interleaved_result()}, all).find("0.00~"), std::string::npos);
    // Two files' rounds were not made side by side.
    Result first = interleaved_result();
    Result second = interleaved_result();
    second.run.id = "k2";
    const std::string two = compare_text({first, second}, {});
    EXPECT_NE(two.find("of two runs"), std::string::npos) << two;
}

TEST(TimingInvalid, EmulatedGuestsTimesAreNeverShown) {
    Result result = interleaved_result();
    EXPECT_EQ(timing_problem(result), "");
    EXPECT_EQ(timing_problem(made_result(Instrument::exact)), "") << "counts are emulated";
    result.environment["accel"] = "tcg";
    EXPECT_EQ(timing_problem(result).find("timing invalid: "), 0U);
    EXPECT_EQ(refusal([&] { compare_text({result}, {}); }).find("run k: timing invalid: "), 0U);
    const TemporaryDirectory directory;
    const std::filesystem::path file = directory.path / "result.json";
    save_result(result, file);
    EXPECT_EQ(refusal([&] { load_result(file); }).find(file.string() + ": timing invalid: "), 0U);
    // The label alone is enough, whatever else was edited.
    result.environment["accel"] = "kvm";
    result.environment["timing"] = "timing invalid: made up";
    EXPECT_EQ(timing_problem(result), "timing invalid: made up");
}

}  // namespace
}  // namespace stackshift
