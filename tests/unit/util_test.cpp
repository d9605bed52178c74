// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "support/temporary_directory.h"
#include "util/cpus.h"
#include "util/error.h"
#include "util/files.h"
#include "util/interrupt.h"
#include "util/nearest.h"
#include "util/process.h"
#include "util/progress.h"

namespace stackshift {
namespace {

TEST(Nearest, EditDistanceByHand) {
    EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
    EXPECT_EQ(edit_distance("", "abc"), 3U);
    EXPECT_EQ(edit_distance("same", "same"), 0U);
}

TEST(Nearest, NamesTheNearestOrNone) {
    const std::vector<std::string> names = {"relocate", "direct", "pristine"};
    EXPECT_EQ(nearest_name("drect", names), "direct");
    EXPECT_EQ(nearest_name("zzz", names), "");
    EXPECT_EQ(unknown_name_message("strategy", "drect", names),
              "unknown strategy 'drect' (did you mean 'direct'? known: relocate, direct, pristine)");
}

TEST(Cpus, AGroupsQuotaCountsWholeOnes) {
    const TemporaryDirectory root;
    const auto limit = [&](const std::string& group, const std::string& text) {
        write_file_atomically(root.path / group / "cpu.max", text);
    };
    const auto cpus = [&](const std::string& membership) { return quota_cpus(membership, root.path); };
    EXPECT_EQ(cpus("0::/\n"), 0) << "no file";
    limit("a", "max 100000\n");
    EXPECT_EQ(cpus("0::/a\n"), 0);
    limit("a/b", "150000 100000\n");
    EXPECT_EQ(cpus("0::/a/b\n"), 2) << "one and a half";
    limit("a", "50000 100000\n");
    EXPECT_EQ(cpus("0::/a/b\n"), 1) << "what is above limits it too";
    EXPECT_EQ(cpus("12:cpu:/a/b\n"), 0) << "version 1";
    EXPECT_EQ(cpus(""), 0);
    EXPECT_GE(allowed_cpus(), 1);
}

TEST(Process, TellsExitCodesFromSignals) {
    EXPECT_EQ(run({.argv = {"sh", "-c", "exit 3"}}).code, 3);
    EXPECT_EQ(run({.argv = {"sh", "-c", "kill -9 $$"}}).signal, 9);
    EXPECT_EQ(capture({"echo", "hello"}), "hello\n");
    EXPECT_THROW(capture({"false"}), Error);
}

/// How a process ends that receives `signals` and then does nothing but what it was about to.
int end_of_a_deaf_process(int signals) {
    const pid_t child = fork();
    if (child == 0) {
        catch_interrupts();
        for (int i = 0; i < signals; ++i) raise(SIGTERM);
        for (;;) {
        }
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(Interrupt, EndsWhateverIsGoingOn) {
    const pid_t child = fork();
    if (child == 0) {
        catch_interrupts();
        raise(SIGINT);
        const unsigned left = alarm(0);
        _exit(left > 0 && left <= kLongestStopSeconds ? 0 : 1);
    }
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0) << "how long it may still take";
    EXPECT_EQ(end_of_a_deaf_process(2), 143) << "the second at once";
    EXPECT_EQ(end_of_a_deaf_process(1), 143) << "the first after some seconds";
}

TEST(Process, AMissingProgramIsNamed) {
    try {
        run({.argv = {"no-such-program"}});
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.code, Exit::environment);
        EXPECT_NE(std::string(error.what()).find("no-such-program"), std::string::npos);
    }
}

/// Waits until a process has gone. It may be a zombie for a moment, until its new parent has collected it.
void expect_gone(pid_t pid) {
    const auto state = [&] { return read_file_or("/proc/" + std::to_string(pid) + "/stat", ""); };
    const auto gone = [&] { return state().empty() || state().find(") Z ") != std::string::npos; };
    for (int i = 0; i < 100 && !gone(); ++i) usleep(20'000);
    EXPECT_TRUE(gone()) << state();
}

TEST(Interrupt, TheSecondSignalTakesWhatChildrenHaveStarted) {
    const TemporaryDirectory directory;
    const std::filesystem::path file = directory.path / "pid";
    const pid_t child = fork();
    if (child == 0) {
        catch_interrupts();
        const Process process({.argv = {"sh", "-c", "sleep 100 & echo $! > " + file.string() + "; wait"}});
        for (int i = 0; i < 500 && read_file_or(file, "").empty(); ++i) usleep(20'000);
        raise(SIGTERM);
        raise(SIGTERM);
        _exit(1);
    }
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_EQ(WEXITSTATUS(status), 143);
    expect_gone(std::stoi(read_file(file)));
}

TEST(Process, StopTakesTheWholeGroup) {
    const TemporaryDirectory directory;
    const std::filesystem::path file = directory.path / "pid";
    Process process({.argv = {"sh", "-c", "sleep 100 & echo $! > " + file.string() + "; wait"}});
    for (int i = 0; i < 100 && read_file_or(file, "").empty(); ++i) usleep(20'000);
    const pid_t grandchild = std::stoi(read_file(file));
    process.stop();
    expect_gone(grandchild);
}

TEST(Files, AtomicWriteReplacesOrLeaves) {
    const TemporaryDirectory directory;
    const std::filesystem::path file = directory.path / "w";
    write_file_atomically(file, "old");
    write_file_atomically(file, "new");
    EXPECT_EQ(read_file(file), "new");
    EXPECT_THROW(write_file_atomically("/proc/no/such/file", "x"), Error);
    EXPECT_THROW(read_file("/no/such/file"), Error);
}

TEST(Progress, Durations) {
    EXPECT_EQ(format_duration(7.4), "0:07");
    EXPECT_EQ(format_duration(750), "12:30");
    EXPECT_EQ(format_duration(3723), "1:02:03");
}

}  // namespace
}  // namespace stackshift
