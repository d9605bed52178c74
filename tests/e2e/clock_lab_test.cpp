// SPDX-License-Identifier: MIT
// The clock lab's driver, from building to the result, with guests that are emulated: their times mean
// nothing, and that is what everybody has to say of them.
#include "lab/clock_lab.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <set>

#include "results/load.h"
#include "results/parse.h"
#include "run_tool.h"
#include "support/json_schema.h"
#include "util/error.h"
#include "util/files.h"
#include "util/shuffle.h"

namespace stackshift {
namespace {

constexpr const char* kMinimal = "self-exec/native/(no)?aslr/argv:0p/long";

TEST(ClockLab, TheDriverRunsAndItsTimesAreNeverShown) {
    const TemporaryDirectory directory;
    const std::string out = (directory.path / "run").string();
    const ToolRun run = run_tool({"lab", "--instrument", "clock", "--untrusted-accel", "tcg", "--strategies",
                                  "pristine,relocate", "--profile", "smoke", "--filter", kMinimal, "--rounds",
                                  "2", "--shuffle-seed", "5", "--events", "page-faults", "--out", out});
    ASSERT_EQ(run.code, 0) << run.err;
    EXPECT_EQ(run.out.find("timing invalid: the guests were emulated"), 0U) << run.out;
    EXPECT_NE(run.out.find("The driver ran 2 rounds, as asked"), std::string::npos) << run.out;
    EXPECT_EQ(run.out.find(" ns"), std::string::npos) << run.out;

    const std::string file = out + "/result.json";
    EXPECT_EQ(file_verdict(kResultSchema, file), "valid");
    const Result result = result_of(parse_file(file));
    EXPECT_EQ(result.run.instrument, Instrument::clock);
    EXPECT_EQ(result.run.seeds, std::vector<std::uint64_t>{5});
    EXPECT_EQ(result.environment.at("accel"), "tcg");
    EXPECT_EQ(result.environment.at("rounds"), 2);
    ASSERT_EQ(result.kernels.size(), 2U);
    // Each round has every kernel once, in the order that the seed gives it.
    const std::vector<std::string> names = {"pristine", "relocate"};
    const auto& order = result.environment.at("order");
    ASSERT_EQ(order.size(), 2U);
    for (unsigned round = 0; round < 2; ++round) {
        const std::vector<size_t> expected = shuffled(2, 5, round);
        for (size_t i = 0; i < 2; ++i) EXPECT_EQ(order[round][i], names[expected[i]]) << round;
    }
    std::set<std::string> measured;
    for (const CellResult& cell : result.cells) {
        ASSERT_EQ(cell.status, CellStatus::ok) << cell.reason;
        const Metric& time = cell.metrics.at("time");
        EXPECT_EQ(time.unit, "ns");
        ASSERT_EQ(time.groups.size(), 2U);
        EXPECT_EQ(time.groups[0], time.groups[1]);
        EXPECT_GT(time.min, 1e3) << "an emulated exec takes microseconds";
        EXPECT_EQ(cell.metrics.at("perf.page-faults").groups.size(), 2U);
        EXPECT_FALSE(cell.metrics.contains("instructions"));
        EXPECT_FALSE(cell.metrics.contains("tlb.flush_all")) << "nothing is read between timed execs";
        measured.insert(cell.strategy + " " + cell.cell.name());
    }
    EXPECT_EQ(measured.size(), 4U);

    // Nobody shows them, or holds them against anything.
    const std::string page = (directory.path / "page").string();
    for (const std::vector<std::string>& command :
         std::vector<std::vector<std::string>>{{"compare", out},
                                               {"compare", "--all", file},
                                               {"gate", "--baseline", file, out},
                                               {"gate", "--self-test", out},
                                               {"report", "--out", page, out},
                                               {"plot", "--out", page, out},
                                               {"export", "--format", "csv", out},
                                               {"justify", "--strategies", "pristine,relocate", out},
                                               {"reference", "--from", out},
                                               {"thread", out}}) {
        const ToolRun refused = run_tool(command);
        EXPECT_EQ(refused.code, 3) << command.front() << ": " << refused.err << refused.out;
        EXPECT_NE(refused.err.find("timing invalid"), std::string::npos)
            << command.front() << ": " << refused.err;
        EXPECT_EQ(refused.out, "") << command.front();
    }
    EXPECT_FALSE(std::filesystem::exists(page));
}

TEST(ClockLab, WithoutKvmItSaysWhatThereIsInstead) {
    if (std::filesystem::exists("/dev/kvm")) GTEST_SKIP() << "skipped: this machine has /dev/kvm";
    const TemporaryDirectory directory;
    const ToolRun run = run_tool({"lab", "--instrument", "clock", "--strategies", "relocate", "--profile",
                                  "smoke", "--out", (directory.path / "run").string()});
    EXPECT_EQ(run.code, 4);
    EXPECT_EQ(run.err.find("stackshift: KVM does not work here: there is no /dev/kvm"), 0U) << run.err;
    EXPECT_NE(run.err.find("`lab` (--instrument exact) counts instructions"), std::string::npos) << run.err;
    EXPECT_FALSE(std::filesystem::exists(directory.path / "run")) << "nothing was begun";
}

/// An emulator that does what a shell script says, in front of the real one for as long as it lives.
class FakeEmulator {
  public:
    explicit FakeEmulator(const std::string& script) : path_(getenv("PATH")) {
        const std::filesystem::path file = directory_.path / "qemu-system-x86_64";
        write_file_atomically(file, "#!/bin/sh\n[ \"$1\" = --version ] && echo fake && exit 0\n" + script);
        std::filesystem::permissions(file, std::filesystem::perms::owner_all);
        setenv("PATH", (directory_.path.string() + ":" + path_).c_str(), 1);
    }
    ~FakeEmulator() { setenv("PATH", path_.c_str(), 1); }
    FakeEmulator(const FakeEmulator&) = delete;

  private:
    TemporaryDirectory directory_;
    std::string path_;
};

/// What a run under KVM says where the emulator is a fake.
std::string kvm_error(const std::filesystem::path& directory) {
    ClockLabRequest request;
    request.matrix.profile = "smoke";
    request.kernels.strategies = {"relocate"};
    request.run.out = directory / "run";
    request.probe_seconds = 1;
    // Anything that can be opened.
    request.kvm_device = directory / "kvm";
    write_file_atomically(request.kvm_device, "");
    // This program is none of those that find them by their own place.
    Places places;
    places.kernels = PROJECT_DIR "/kernels";
    places.guest = GUEST_DIR;
    places.work = WORK_DIR;
    try {
        run_clock_lab(request, places);
    } catch (const Error& error) {
        EXPECT_EQ(error.code, Exit::environment);
        return error.what();
    }
    return "";
}

TEST(ClockLab, AGuestThatHangsUnderKvmIsEnded) {
    const TemporaryDirectory directory;
    const FakeEmulator hangs("echo $$ >\"" + (directory.path / "pid").string() + "\"\nexec sleep 600\n");
    const std::string message = kvm_error(directory.path);
    EXPECT_EQ(
        message.find("KVM does not work here: a guest hung: it did not end within 1 s and was stopped (it "
                     "printed nothing; console log: "),
        0U)
        << message;
    EXPECT_FALSE(
        std::filesystem::exists("/proc/" + std::to_string(std::stoi(read_file(directory.path / "pid")))));
    EXPECT_FALSE(std::filesystem::exists(directory.path / "run/result.json"));
}

TEST(ClockLab, AnEmulatorThatRefusesKvmIsQuoted) {
    const TemporaryDirectory directory;
    const FakeEmulator refuses("echo 'failed to initialize kvm: Operation not supported' >&2\nexit 1\n");
    const std::string message = kvm_error(directory.path);
    EXPECT_EQ(
        message.find("KVM does not work here: a guest did not boot: QEMU failed (exit code 1): failed to "
                     "initialize kvm: Operation not supported; console log: "),
        0U)
        << message;
}

TEST(ClockLab, OptionsOfTheOtherInstrumentAreRefused) {
    const auto error_of = [](const std::vector<std::string>& options) {
        std::vector<std::string> argv = {"lab", "--profile", "smoke"};
        argv.insert(argv.end(), options.begin(), options.end());
        const ToolRun run = run_tool(argv);
        EXPECT_EQ(run.code, 2) << run.err;
        return run.err;
    };
    EXPECT_EQ(error_of({"--precision", "1"}), "stackshift: --precision is an option of --instrument clock\n");
    EXPECT_EQ(error_of({"--untrusted-accel", "tcg"}),
              "stackshift: --untrusted-accel is an option of --instrument clock\n");
    EXPECT_EQ(error_of({"--instrument", "clock", "--seeds", "3"}),
              "stackshift: --seeds is an option of --instrument exact\n");
    EXPECT_EQ(error_of({"--instrument", "clock", "--resume"}),
              "stackshift: --resume is an option of --instrument exact\n");
    EXPECT_NE(error_of({"--instrument", "clok"}).find("did you mean 'clock'"), std::string::npos);
    EXPECT_NE(
        error_of({"--instrument", "clock", "--untrusted-accel", "kvm"}).find("it is tcg, which only tests"),
        std::string::npos);
    EXPECT_NE(error_of({"--instrument", "clock", "--precision", "0"}).find("--precision"), std::string::npos);
    EXPECT_NE(error_of({"--instrument", "clock", "--untrusted-accel", "tcg", "--cpu", "100000"})
                  .find("not one of the CPUs"),
              std::string::npos);
}

}  // namespace
}  // namespace stackshift
