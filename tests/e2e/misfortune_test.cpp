// SPDX-License-Identifier: MIT
// Runs that the machine lets down: a full disk, too little memory; and two that meet in one place. A QEMU
// that is killed is lab_test.cpp's.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <optional>

#include "small_run.h"
#include "util/files.h"
#include "util/process.h"

namespace stackshift {
namespace {

namespace fs = std::filesystem;

class Misfortune : public testing::Test {
  protected:
    static void SetUpTestSuite() {
        directory_.emplace();
        const ToolRun run = run_tool(small_run(undisturbed()));
        ASSERT_EQ(run.code, 0) << run.err;
    }
    static void TearDownTestSuite() { directory_.reset(); }
    static fs::path undisturbed() { return directory_->path / "undisturbed"; }

    static std::string quoted(const std::vector<std::string>& words) {
        std::string line = "'" STACKSHIFT "'";
        for (const std::string& word : words) line += " '" + word + "'";
        return line;
    }

    static inline std::optional<TemporaryDirectory> directory_;
};

TEST_F(Misfortune, ADiskThatFillsUpIsToldAndTheRunGoesOnOnceThereIsRoom) {
    const fs::path place = directory_->path / "disk";
    make_directories(place);
    const std::string mount = "mount -t tmpfs -o size=90m none " + place.string();
    if (run_program({"unshare", "--map-root-user", "--mount", "sh", "-c", mount}).code != 0)
        GTEST_SKIP() << "skipped: this machine allows no mount namespace";
    const std::string out = (place / "run").string();
    const std::string run = quoted(small_run(out, {"--resume"}));
    // Somebody else takes all room after the first boot, and later gives it back.
    const std::string script =
        mount + "; ( until ls " + out + "/boots/*.json 2>/dev/null; do sleep 0.05; done; cat /dev/zero >" +
        place.string() + "/ballast ) >/dev/null 2>&1 & filler=$!; " + run +
        "; echo \"code $?\" >&2; kill $filler 2>/dev/null; wait; rm " + place.string() + "/ballast; find " +
        place.string() + " -name '*.stackshift-part*' >&2; " + run + " && cp -r " + out + " " +
        (directory_->path / "saved").string();
    const ToolRun both = run_program({"unshare", "--map-root-user", "--mount", "sh", "-c", script});
    EXPECT_EQ(both.code, 0) << both.err;
    EXPECT_NE(both.err.find("code 4"), std::string::npos) << both.err;
    EXPECT_NE(both.err.find("No space left on device"), std::string::npos) << both.err;
    EXPECT_EQ(both.err.find("stackshift-part"), std::string::npos) << both.err;
    EXPECT_NE(both.err.find("boots kept"), std::string::npos) << both.err;
    EXPECT_EQ(samples_of(directory_->path / "saved"), samples_of(undisturbed()));
}

TEST_F(Misfortune, AFileThatMayNotBecomeAsLargeIsToldAndNotLeftInPart) {
    const fs::path out = directory_->path / "small-files";
    // Blocks of 512 bytes: the guest's image does not fit.
    const ToolRun run =
        run_program({"sh", "-c", "trap '' XFSZ; ulimit -f 2000; exec " + quoted(small_run(out))});
    EXPECT_EQ(run.code, 4) << run.err;
    EXPECT_NE(run.err.find("initrd: File too large"), std::string::npos) << run.err;
    EXPECT_EQ(half_written(out), std::vector<std::string>{});
    EXPECT_FALSE(fs::exists(out / "initrd"));
}

TEST_F(Misfortune, AnEmulatorWithoutMemoryIsToldWithItsWords) {
    const fs::path bin = directory_->path / "bin";
    write_file_atomically(bin / "qemu-system-x86_64",
                          "#!/bin/sh\n[ \"$1\" = --version ] || ulimit -v 1500000\nexec '" +
                              find_program("qemu-system-x86_64").string() + "' \"$@\"\n");
    fs::permissions(bin / "qemu-system-x86_64", fs::perms::owner_all);
    const fs::path out = directory_->path / "no-memory";
    const ToolRun run = run_tool(small_run(out), {{"PATH", bin.string() + ":" + std::getenv("PATH")}});
    EXPECT_EQ(run.code, 5) << run.err;
    EXPECT_NE(run.err.find("QEMU failed (exit code 1): qemu-system-x86_64: "), std::string::npos) << run.err;
    EXPECT_NE(run.err.find("emory"), std::string::npos) << run.err;
    EXPECT_NE(run.err.find((out / "one-seed1.console.log").string()), std::string::npos) << run.err;
    EXPECT_TRUE(kept_boots(out).empty());
}

TEST_F(Misfortune, TooLittleMemoryForItselfIsTold) {
#ifdef STACKSHIFT_SANITIZED
    GTEST_SKIP() << "skipped: sanitizers need all of the address space";
#endif
    const fs::path file = directory_->path / "large.json";
    std::string text = "[0";
    for (int i = 0; i < 10'000'000; ++i) text += ",0";
    write_file_atomically(file, text + "]");
    const ToolRun run =
        run_program({"sh", "-c", "ulimit -v 60000; exec '" STACKSHIFT "' compare " + file.string()});
    EXPECT_EQ(run.code, 4) << run.err;
    EXPECT_EQ(run.err, "stackshift: out of memory\n");
}

/// Starts a run without waiting for it.
Process begin(std::vector<std::string> arguments, const fs::path& log) {
    arguments.insert(arguments.begin(), STACKSHIFT);
    Command command;
    command.argv = std::move(arguments);
    command.output = log;
    return Process(command);
}

int end(Process& process) {
    while (!process.wait(1000)) {
    }
    return process.status().code;
}

TEST_F(Misfortune, ASecondRunInOneDirectoryIsRefusedAndTheFirstEndsWell) {
    const fs::path out = directory_->path / "same";
    // Long enough for both of the others to come while it runs.
    std::vector<std::string> longer = small_run(out);
    *(std::find(longer.begin(), longer.end(), "--seeds") + 1) = "10";
    Process first = begin(longer, directory_->path / "first.log");
    while (first.running() && guests_in(out).empty()) usleep(20'000);
    for (const std::vector<std::string>& how : {std::vector<std::string>{}, {"--resume"}}) {
        const ToolRun second = run_tool(small_run(out, how));
        EXPECT_EQ(second.code, 2) << second.err;
        EXPECT_NE(second.err.find("another stackshift runs in " + out.string()), std::string::npos)
            << second.err;
    }
    EXPECT_TRUE(first.running()) << "it ended too early for the test to mean anything";
    EXPECT_EQ(end(first), 0) << read_file(directory_->path / "first.log");
    // The first seeds are those of the undisturbed run.
    auto samples = samples_of(out);
    for (const auto& [name, expected] : samples_of(undisturbed())) {
        ASSERT_GT(samples[name].size(), expected.size()) << name;
        samples[name].resize(expected.size());
        EXPECT_EQ(samples[name], expected) << name;
    }
}

TEST_F(Misfortune, TwoRunsInOneWorkDirectoryHaveADirectoryEach) {
    const fs::path work = directory_->path / "work";
    std::vector<std::string> arguments = small_run("");
    arguments.resize(arguments.size() - 2);  // without --out
    arguments.insert(arguments.end(), {"--work-dir", work.string()});
    Process first = begin(arguments, directory_->path / "1.log");
    Process second = begin(arguments, directory_->path / "2.log");
    EXPECT_EQ(end(first), 0) << read_file(directory_->path / "1.log");
    EXPECT_EQ(end(second), 0) << read_file(directory_->path / "2.log");
    int runs = 0;
    for (const auto& entry : fs::directory_iterator(work / "runs")) {
        ++runs;
        EXPECT_EQ(samples_of(entry.path()), samples_of(undisturbed()));
    }
    EXPECT_EQ(runs, 2);
}

}  // namespace
}  // namespace stackshift
