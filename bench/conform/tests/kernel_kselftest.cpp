// SPDX-License-Identifier: MIT
// Group kernel: the programs of tools/testing/selftests/exec.
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "conform/support/exec.h"
#include "conform/support/machine.h"
#include "conform/support/shell.h"
#include "conform/tests/parts.h"

namespace stackshift {
namespace {

constexpr const char* kPrograms = "/kselftest";
/// Where they run: they leave files behind.
const std::string kPlace = "/tmp/kselftest";

const Strings kCommands[] = {
    {"execveat"},
    {"null-argv"},
    {"recursion-depth"},
    // The other fixture is of sockets, which the guest does not have.
    {"non-regular", "-f", "file"},
    // Programs with an interpreter of their own (the dynamic linker), and without.
    {"load_address.0x1000"},
    {"load_address.0x200000"},
    {"load_address.0x1000000"},
    {"load_address.static.0x1000"},
    {"load_address.static.0x200000"},
    {"load_address.static.0x1000000"},
};

/// Makes the files that the Makefile of the selftests makes.
void make_place() {
    mkdir(kPlace.c_str(), 0755);
    for (const Strings& command : kCommands)
        copy_program(std::string(kPrograms) + "/" + command[0], kPlace + "/" + command[0], 0755);
    copy_program(std::string(kPrograms) + "/execveat", kPlace + "/execveat.denatured", 0644);
    if (symlink("execveat", (kPlace + "/execveat.symlink").c_str()) != 0) return;
    make_file(kPlace + "/script", "#!/bin/bash\nexit $*\n");
    make_file(kPlace + "/Makefile", "", 0644);
    mkdir((kPlace + "/subdir").c_str(), 0755);
}

/// Directories and links of a usual system that they need. The destructor removes the links.
class UsualFiles {
  public:
    UsualFiles() {
        mkdir("/bin", 0755);
        ok_ = symlink("/init", kShell) == 0 && symlink("/probe64", "/bin/true") == 0 &&
              symlink("/proc/self/fd", "/dev/fd") == 0;
    }
    ~UsualFiles() {
        for (const char* path : {kShell, "/bin/true", "/dev/fd"}) unlink(path);
    }
    UsualFiles(const UsualFiles&) = delete;
    UsualFiles& operator=(const UsualFiles&) = delete;
    /// False where one could not be made.
    bool ok() const { return ok_; }

  private:
    bool ok_;
};

/// Runs a program at kPlace with its output in a file; its exit status, or -1 where it takes too long.
int run_program(const Strings& command, const std::string& output) {
    const pid_t child = fork();
    if (child == 0) {
        setpgid(0, 0);
        if (chdir(kPlace.c_str()) != 0 || std::freopen(output.c_str(), "w", stdout) == nullptr) _exit(99);
        dup2(STDOUT_FILENO, STDERR_FILENO);
        _exit(execute("./" + command[0], command, {}, false));
    }
    // Some take a second or two; ten times that with KASAN.
    for (int waited = 0; waited < 600; ++waited) {
        int status = 0;
        if (waitpid(child, &status, WNOHANG) == child) return status;
        usleep(100'000);
    }
    kill(-child, SIGKILL);
    waitpid(child, nullptr, 0);
    return -1;
}

/// The first line of a report that starts with this.
std::string line_of(const std::string& text, const std::string& start) {
    for (size_t at = 0; at < text.size();) {
        const size_t end = std::min(text.find('\n', at), text.size());
        if (text.compare(at, start.size(), start) == 0) return text.substr(at, end - at);
        at = end + 1;
    }
    return {};
}

std::string verdict(int status, const std::string& report) {
    if (status == -1) return "failed: it takes too long";
    if (WIFSIGNALED(status)) return "failed: " + signal_name(WTERMSIG(status));
    const std::string wrong = line_of(report, "not ok ");
    if (!wrong.empty()) return "failed: " + wrong;
    if (WEXITSTATUS(status) != 0) return "failed: exit code " + std::to_string(WEXITSTATUS(status));
    return line_of(report, "ok ").empty() ? "failed: no test" : "passed";
}

}  // namespace

void test_kselftest(Tap& tap) {
    const UsualFiles files;
    make_place();
    for (const Strings& command : kCommands) {
        const std::string name = "kernel/kselftest-exec-" + command[0];
        if (access((std::string(kPrograms) + "/" + command[0]).c_str(), X_OK) != 0) {
            tap.skip(name, "the image has no such program");
            continue;
        }
        const std::string output = "/tmp/kselftest-output";
        const int status = run_program(command, output);
        const std::string report = read_text(output);
        const std::string seen = files.ok() ? verdict(status, report) : "failed: no files";
        tap.expect(name, seen, "passed");
        unlink(output.c_str());
    }
    std::filesystem::remove_all(kPlace);
}

}  // namespace stackshift
