// SPDX-License-Identifier: MIT
// The exact instrument end to end: real kernels, real guests.
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <optional>
#include <set>

#include "results/load.h"
#include "results/result.h"
#include "run_tool.h"
#include "support/json_schema.h"
#include "util/files.h"

namespace stackshift {
namespace {

using Cells = std::map<std::string, CellResult>;

std::vector<std::string> lab_arguments(const std::filesystem::path& out, std::vector<std::string> more = {}) {
    std::vector<std::string> arguments = {"lab",   "--strategies", "pristine",  "--profile",
                                          "smoke", "--out",        out.string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
}

Cells cells_of(const std::filesystem::path& run) {
    Cells cells;
    EXPECT_EQ(file_verdict(kResultSchema, run / "result.json"), "valid");
    for (const CellResult& cell : load_result(run / "result.json").cells) cells[cell.cell.name()] = cell;
    return cells;
}

class Lab : public testing::Test {
  protected:
    /// The smoke run that several tests look at. Builds the kernel where that has not been done.
    static void SetUpTestSuite() {
        directory_.emplace();
        const ToolRun run = run_tool(lab_arguments(directory_->path / "first"));
        ASSERT_EQ(run.code, 0) << run.err;
        table_ = run.out;
    }
    static void TearDownTestSuite() { directory_.reset(); }
    static std::filesystem::path first() { return directory_->path / "first"; }

    static inline std::optional<TemporaryDirectory> directory_;
    static inline std::string table_;
};

TEST_F(Lab, CountsWhatTheModelExpects) {
    const Cells cells = cells_of(first());
    const auto mean = [&](const std::string& cell, const char* metric) {
        return cells.at("self-exec/" + cell + "/long").metrics.at(metric).mean;
    };
    // docs/results.md, "How often mainline flushes": the second flush is a full one unless the new stack lies
    // in the same GiB, 1 in 16 with 22 random bits. Five standard errors of 400 (8p) and 100 (34p) execs.
    EXPECT_NEAR(mean("native/aslr/argv:0p", "tlb.flush_all"), 15.0 / 16, 0.06);
    EXPECT_NEAR(mean("native/aslr/argv:8p", "tlb.flush_all"), 15.0 / 16, 0.06);
    EXPECT_NEAR(mean("native/aslr/argv:33p", "tlb.flush_all"), 15.0 / 16, 0.13);
    EXPECT_NEAR(mean("native/aslr/argv:34p", "tlb.flush_all"), 1.87, 0.2);
    EXPECT_NEAR(mean("i386/aslr/argv:0p", "tlb.flush_all"), 1.0, 1e-9);
    EXPECT_NEAR(mean("i386/aslr/argv:33p", "tlb.flush_all"), 1.0, 1e-9);
    EXPECT_NEAR(mean("i386/aslr/argv:34p", "tlb.flush_all"), 1.94, 0.13);
    // Without ASLR nothing is moved in a native exec, so nothing is flushed; an i386 stack always moves.
    for (const char* pages : {"0p", "8p", "34p"}) {
        EXPECT_EQ(mean(std::string("native/noaslr/argv:") + pages, "tlb.flush_all"), 0) << pages;
        EXPECT_EQ(mean(std::string("native/noaslr/argv:") + pages, "tlb.flush_one"), 0) << pages;
    }
    EXPECT_EQ(mean("i386/noaslr/argv:0p", "tlb.flush_all"), 1);
    // Up to 33 pages are flushed one by one.
    EXPECT_NEAR(mean("native/aslr/argv:8p", "tlb.flush_one"), 8, 0.1);
    EXPECT_NEAR(mean("i386/aslr/argv:33p", "tlb.flush_one"), 33, 0.5);
    EXPECT_LT(mean("i386/aslr/argv:34p", "tlb.flush_one"), 5);
    // get_user_pages faults each staged page in: seven more from 1p to 8p.
    EXPECT_NEAR(mean("native/noaslr/argv:8p", "page_faults") - mean("native/noaslr/argv:0p", "page_faults"),
                8, 1.01);
}

TEST_F(Lab, RelocationCostsInstructions) {
    const Cells cells = cells_of(first());
    const auto instructions = [&](const std::string& cell) {
        return cells.at("self-exec/" + cell + "/argv:0p/long").metrics.at("instructions").median;
    };
    EXPECT_GT(instructions("native/aslr"), instructions("native/noaslr") + 5000);
    EXPECT_GT(instructions("i386/noaslr"), instructions("native/noaslr") + 5000);
    EXPECT_NE(table_.find("instructions"), std::string::npos);
}

/// Two busy loops that end with their owner.
class Load {
  public:
    Load()
        : one_({.argv = {"sh", "-c", "while :; do :; done"}}),
          two_({.argv = {"sh", "-c", "while :; do :; done"}}) {}

  private:
    Process one_;
    Process two_;
};

TEST_F(Lab, IsIdenticalToTheByteUnderLoadAndSeedsDiffer) {
    const std::filesystem::path second = directory_->path / "second";
    {
        const Load load;
        const ToolRun run = run_tool(lab_arguments(second));
        ASSERT_EQ(run.code, 0) << run.err;
    }
    const Cells a = cells_of(first());
    const Cells b = cells_of(second);
    ASSERT_EQ(a.size(), b.size());
    for (const auto& [name, cell] : a) {
        EXPECT_EQ(cell.metrics.at("instructions").samples, b.at(name).metrics.at("instructions").samples)
            << name;
        if (cell.cell.aslr == Aslr::off) continue;
        const std::vector<double>& samples = cell.metrics.at("instructions").samples;
        const auto half = static_cast<std::ptrdiff_t>(samples.size() / 2);
        EXPECT_FALSE(std::equal(samples.begin(), samples.begin() + half, samples.begin() + half))
            << name << ": two seeds drew the same";
    }
    const auto report = [](const std::filesystem::path& run, const char* boot) {
        return nlohmann::json::parse(read_file(run / "boots" / boot)).at("report").get<std::string>();
    };
    EXPECT_EQ(report(first(), "pristine-seed1.json"), report(second, "pristine-seed1.json"));
    EXPECT_NE(report(first(), "pristine-seed1.json"), report(first(), "pristine-seed2.json"));
}

/// Every exec path, and a child's parts: what a scheduler and a parent add must not depend on the host
/// either.
TEST_F(Lab, OtherPathsAreIdenticalToTheByteUnderLoad) {
    const auto run_paths = [](const std::filesystem::path& out) {
        return run_tool({"lab", "--strategies", "relocate", "--profile", "quick", "--filter",
                         "^(?!self-exec).*aslr/argv:0p", "--seeds", "1", "--out", out.string()});
    };
    const std::filesystem::path alone = directory_->path / "paths";
    const std::filesystem::path beside = directory_->path / "paths-under-load";
    const ToolRun run = run_paths(alone);
    ASSERT_EQ(run.code, 0) << run.err;
    {
        const Load load;
        ASSERT_EQ(run_paths(beside).code, 0);
    }
    const Cells cells = cells_of(alone);
    std::set<ExecPath> paths;
    for (const auto& [name, cell] : cells) {
        EXPECT_EQ(cell.status, CellStatus::ok) << name << ": " << cell.reason;
        paths.insert(cell.cell.path);
    }
    EXPECT_EQ(paths.size() + 1, kExecPaths.size());
    const auto report = [](const std::filesystem::path& out) {
        return nlohmann::json::parse(read_file(out / "boots/relocate-seed1.json"))
            .at("report")
            .get<std::string>();
    };
    EXPECT_EQ(report(alone), report(beside));
    // On one CPU a vfork parent goes on before the new stack is placed: inside its child's exec.
    const auto median = [&](const char* metric) {
        return cells.at("vfork-exec/native/aslr/argv:0p/long").metrics.at(metric).median;
    };
    EXPECT_GT(median("parent.resumed"), median("child.start"));
    EXPECT_LT(median("parent.resumed"), median("child.start") + median("child.exec"));
}

TEST_F(Lab, CompareReadsTheFileBack) {
    const ToolRun run = run_tool({"compare", first().string()});
    EXPECT_EQ(run.code, 0) << run.err;
    EXPECT_EQ(table_.compare(0, run.out.size(), run.out), 0);
    size_t width = 0;
    for (size_t at = 0; at < run.out.size();) {
        const size_t end = run.out.find('\n', at);
        width = std::max(width, end - at);
        at = end + 1;
    }
    EXPECT_LE(width, 100U);
    // Another plan is another experiment.
    const std::filesystem::path other = directory_->path / "other";
    ASSERT_EQ(run_tool(lab_arguments(other, {"--filter", "0p", "--seeds", "1"})).code, 0);
    const ToolRun refused = run_tool({"compare", first().string(), other.string()});
    EXPECT_EQ(refused.code, 3) << refused.err;
    EXPECT_NE(refused.err.find("plan_sha256"), std::string::npos) << refused.err;
}

TEST_F(Lab, KernelsThatDifferInNameOnlyDifferByZero) {
    const TemporaryDirectory prefix;
    install_to(prefix.path);
    const std::string names[] = {"relocate", "t", "t-with-a-name-of-more-letters"};
    for (const std::string& name : names) {
        if (name == names[0]) continue;
        const std::filesystem::path folder = prefix.path / "share/stackshift/kernels/patches" / name;
        write_file_atomically(folder / "strategy", "about = relocate by another name\n");
    }
    const std::filesystem::path out = directory_->path / "names";
    const ToolRun run =
        run_program({(prefix.path / "bin/stackshift").string(), "lab", "--profile", "smoke", "--seeds", "2",
                     "--strategies", names[0] + "," + names[1] + "," + names[2], "--work-dir", WORK_DIR,
                     "--out", out.string()});
    ASSERT_EQ(run.code, 0) << run.err;
    const Result result = load_result(out / "result.json");
    ASSERT_EQ(result.kernels.size(), 3U);
    EXPECT_NE(result.kernels[0].image_sha256, result.kernels[1].image_sha256) << "the name is not in it";
    std::map<std::string, std::map<std::string, CellResult>> cells;
    for (const CellResult& cell : result.cells) cells[cell.strategy][cell.cell.name()] = cell;
    ASSERT_FALSE(cells[names[0]].empty());
    for (const std::string& name : names) {
        for (const auto& [cell_name, cell] : cells[names[0]]) {
            const CellResult& other = cells[name].at(cell_name);
            EXPECT_EQ(other.status, CellStatus::ok);
            ASSERT_EQ(cell.metrics.size(), other.metrics.size());
            // Every exec of every seed, and its phases; not medians, which would hide a thing or two.
            for (const auto& [metric, values] : cell.metrics)
                EXPECT_EQ(values.samples, other.metrics.at(metric).samples)
                    << name << ' ' << cell_name << ' ' << metric;
        }
    }
}

TEST_F(Lab, APrebuiltImageIsAContender) {
    const std::filesystem::path run = directory_->path / "prebuilt";
    const ToolRun tool =
        run_tool({"lab", "--kernel", "mine=" WORK_DIR "/kernels/pristine/bzImage", "--filter", "native/.*:0p",
                  "--profile", "smoke", "--seeds", "1", "--out", run.string()});
    ASSERT_EQ(tool.code, 0) << tool.err;
    EXPECT_EQ(cells_of(run).begin()->second.strategy, "mine");
}

std::vector<pid_t> guests_of(pid_t parent) {
    std::vector<pid_t> pids;
    std::ifstream children("/proc/" + std::to_string(parent) + "/task/" + std::to_string(parent) +
                           "/children");
    for (pid_t pid = 0; children >> pid;) {
        if (read_file_or("/proc/" + std::to_string(pid) + "/comm", "").starts_with("qemu"))
            pids.push_back(pid);
    }
    return pids;
}

/// Starts a lab run with one guest at a time and waits for its second guest.
class SlowRun {
  public:
    explicit SlowRun(const std::filesystem::path& out)
        : process({.argv = {STACKSHIFT, "lab", "--strategies", "pristine", "--profile", "quick", "--filter",
                            "native/aslr/argv:(0|8|256)p/long", "--jobs", "1", "--out", out.string()},
                   .output = out.string() + ".out",
                   .errors = out.string() + ".err"}) {
        for (int i = 0; i < 1200 && process.running(); ++i) {
            if (std::filesystem::exists(out / "boots/pristine-seed1.json")) {
                guests = guests_of(process.pid());
                if (!guests.empty()) break;
            }
            usleep(50'000);
        }
    }
    Process process;
    std::vector<pid_t> guests;
};

TEST_F(Lab, AKilledGuestIsToldAndResumeGoesOn) {
    const std::filesystem::path run = directory_->path / "killed";
    {
        SlowRun slow(run);
        ASSERT_FALSE(slow.guests.empty()) << read_file_or(run.string() + ".err", "");
        kill(slow.guests[0], SIGKILL);
        while (!slow.process.wait(1000)) {
        }
        EXPECT_EQ(slow.process.status().code, 5);
    }
    const std::string errors = read_file(run.string() + ".err");
    EXPECT_NE(errors.find("QEMU failed (signal 9)"), std::string::npos) << errors;
    EXPECT_NE(errors.find("console.log"), std::string::npos) << errors;
    EXPECT_FALSE(std::filesystem::exists(run / "boots/pristine-seed2.json"));
    const auto kept = std::filesystem::last_write_time(run / "boots/pristine-seed1.json");
    const ToolRun resumed = run_tool({"lab", "--strategies", "pristine", "--profile", "quick", "--filter",
                                      "native/aslr/argv:(0|8|256)p/long", "--resume", "--out", run.string()});
    EXPECT_EQ(resumed.code, 0) << resumed.err;
    EXPECT_EQ(std::filesystem::last_write_time(run / "boots/pristine-seed1.json"), kept);
    EXPECT_EQ(cells_of(run).begin()->second.metrics.at("instructions").groups.size(), 3U);
}

TEST_F(Lab, AnInterruptStopsTheGuestsAndKeepsWholeBoots) {
    for (const auto& [signal, code] : {std::pair{SIGINT, 130}, std::pair{SIGTERM, 143}}) {
        const std::filesystem::path run = directory_->path / ("interrupted" + std::to_string(signal));
        SlowRun slow(run);
        ASSERT_FALSE(slow.guests.empty()) << read_file_or(run.string() + ".err", "");
        kill(slow.process.pid(), signal);
        while (!slow.process.wait(1000)) {
        }
        EXPECT_EQ(slow.process.status().code, code);
        for (const pid_t guest : slow.guests) EXPECT_NE(kill(guest, 0), 0) << "a QEMU is left";
        EXPECT_TRUE(std::filesystem::exists(run / "boots/pristine-seed1.json"));
        EXPECT_FALSE(std::filesystem::exists(run / "result.json"));
    }
}

TEST_F(Lab, ATimeOutIsToldWithTheConsole) {
    const ToolRun run =
        run_tool(lab_arguments(directory_->path / "slow", {"--timeout", "0.3", "--seeds", "1"}));
    EXPECT_EQ(run.code, 5);
    EXPECT_NE(run.err.find("time-out: no end within 0 s"), std::string::npos) << run.err;
    EXPECT_NE(run.err.find("pristine-seed1.console.log"), std::string::npos) << run.err;
    // Data, not a missing row.
    EXPECT_EQ(cells_of(directory_->path / "slow").begin()->second.status, CellStatus::failed);
}

TEST_F(Lab, APanicIsTold) {
    const TemporaryDirectory prefix;
    install_to(prefix.path);
    // An init that ends: the target does so at once without its state.
    std::filesystem::copy_file(prefix.path / "libexec/stackshift/chain64",
                               prefix.path / "libexec/stackshift/init",
                               std::filesystem::copy_options::overwrite_existing);
    const ToolRun run = run_program({(prefix.path / "bin/stackshift").string(), "lab", "--strategies",
                                     "pristine", "--profile", "smoke", "--seeds", "1", "--work-dir", WORK_DIR,
                                     "--out", (directory_->path / "panic").string()});
    EXPECT_EQ(run.code, 5);
    EXPECT_NE(run.err.find("Kernel panic - not syncing: Attempted to kill init"), std::string::npos)
        << run.err;
}

TEST_F(Lab, APatchThatDoesNotApplyNamesFileAndHunk) {
    const TemporaryDirectory prefix;
    install_to(prefix.path);
    const std::filesystem::path patches = prefix.path / "share/stackshift/kernels/patches/broken";
    write_file_atomically(patches / "strategy", "on = unpatched\n");
    write_file_atomically(
        patches / "0001-broken.patch",
        "--- a/fs/exec.c\n+++ b/fs/exec.c\n@@ -1,3 +1,4 @@\n no such line\n+int added;\n nor this\n "
        "nor that\n");
    const ToolRun run = run_program({(prefix.path / "bin/stackshift").string(), "kernels", "--strategies",
                                     "broken", "--work-dir", WORK_DIR});
    EXPECT_EQ(run.code, 5) << run.err;
    EXPECT_NE(run.err.find("0001-broken.patch"), std::string::npos) << run.err;
    EXPECT_NE(run.err.find("fs/exec.c"), std::string::npos) << run.err;
    EXPECT_NE(run.err.find("hunk 1"), std::string::npos) << run.err;
}

TEST_F(Lab, AKernelThatDoesNotBuildShowsTheCompilersLines) {
    const TemporaryDirectory prefix;
    install_to(prefix.path);
    const std::filesystem::path patches = prefix.path / "share/stackshift/kernels/patches/uncompilable";
    write_file_atomically(patches / "strategy", "on = unpatched\n");
    write_file_atomically(patches / "0001-uncompilable.patch",
                          "--- a/fs/exec.c\n+++ b/fs/exec.c\n@@ -1,2 +1,3 @@\n // SPDX-License-Identifier: "
                          "GPL-2.0-only\n+#error planted by a test\n /*\n");
    const ToolRun run = run_program({(prefix.path / "bin/stackshift").string(), "kernels", "--strategies",
                                     "uncompilable", "--work-dir", WORK_DIR});
    EXPECT_EQ(run.code, 5) << run.err;
    EXPECT_NE(run.err.find("planted by a test"), std::string::npos) << run.err;
    EXPECT_NE(run.err.find("build.log"), std::string::npos) << run.err;
}

}  // namespace
}  // namespace stackshift
