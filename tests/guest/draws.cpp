// SPDX-License-Identifier: MIT
// An init that shows where programs were put: it starts a shell (native: position-independent, with a dynamic
// linker) and a program of i386 in turn, and looks at each while it waits. tests/e2e/draws_test.cpp judges.
// Lines on the second serial port:
//
//   exec N BITS
//   area START NAME            of /proc/PID/maps
//   stat SP BRK                start of the stack and of the heap, of /proc/PID/stat
//   error TEXT
//   done
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "util/read_text.h"

namespace {

using namespace stackshift;

constexpr int kExecs = 20;
int report_fd = -1;

void say(const std::string& line) {
    const std::string text = line + "\n";
    if (write(report_fd, text.data(), text.size()) < 0) return;
}

/// The shell writes to descriptor 1 when it is up, the probe (bench/target/probe.cpp) to 4; then they wait
/// for the end of file on 0 and 5.
[[noreturn]] void become(bool native, int ready, int hold) {
    const int null = open("/dev/null", O_WRONLY);
    dup2(native ? ready : null, 1);
    // Well above what they go to.
    const int up = fcntl(ready, F_DUPFD, 20);
    const int wait = fcntl(hold, F_DUPFD, 20);
    dup2(wait, 0);
    dup2(null, 3);
    dup2(up, 4);
    dup2(wait, 5);
    close(up);
    close(wait);
    if (native) {
        execl("/bin/sh", "sh", "-c", "echo up; read end", nullptr);
    } else {
        execl("/probe32", "probe32", nullptr);
    }
    _exit(127);
}

/// Fields 28 and 47 of /proc/PID/stat. What is before is numbers, a letter and the name, without blanks here.
std::string starts(const std::string& stat) {
    std::istringstream words(stat);
    const std::vector<std::string> fields{std::istream_iterator<std::string>(words), {}};
    return fields.size() < 47 ? "?" : fields[27] + ' ' + fields[46];
}

void show(int number, bool native) {
    int up[2];
    int hold[2];
    if (pipe2(up, O_CLOEXEC) != 0 || pipe2(hold, O_CLOEXEC) != 0) {
        say("error pipe");
        return;
    }
    const pid_t child = fork();
    if (child == 0) become(native, up[1], hold[0]);
    close(up[1]);
    char byte = 0;
    if (read(up[0], &byte, 1) != 1) say("error exec " + std::to_string(number) + " did not come up");
    const std::string place = "/proc/" + std::to_string(child);
    say("exec " + std::to_string(number) + (native ? " 64" : " 32"));
    std::istringstream areas(read_text(place + "/maps"));
    for (std::string area; std::getline(areas, area);) {
        std::istringstream words(area);
        std::string range, flags, offset, device, inode, name;
        words >> range >> flags >> offset >> device >> inode >> name;
        say("area " + range.substr(0, range.find('-')) + ' ' + name);
    }
    say("stat " + starts(read_text(place + "/stat")));
    close(up[0]);
    close(hold[0]);
    close(hold[1]);
    waitpid(child, nullptr, 0);
}

}  // namespace

int main() {
    mount("proc", "/proc", "proc", 0, nullptr);
    report_fd = open("/dev/ttyS1", O_WRONLY | O_NOCTTY | O_CLOEXEC);
    termios mode = {};
    tcgetattr(report_fd, &mode);
    cfmakeraw(&mode);
    tcsetattr(report_fd, TCSANOW, &mode);
    for (int number = 0; number < kExecs; ++number) show(number, number % 2 == 0);
    say("done");
    tcdrain(report_fd);
    reboot(RB_POWER_OFF);
    for (;;) pause();
}
