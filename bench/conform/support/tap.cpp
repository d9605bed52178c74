// SPDX-License-Identifier: MIT
#include "conform/support/tap.h"

#include <termios.h>
#include <unistd.h>

#include <cerrno>

#include "conform/support/facility.h"

namespace stackshift {
namespace {

constexpr size_t kMostSeen = 160;

std::string one_line(std::string text) {
    if (text.size() > kMostSeen) text = text.substr(0, kMostSeen - 3) + "...";
    for (char& c : text) {
        if (c < ' ' || c > '~') c = ' ';
    }
    return text;
}

std::string plain(const std::string& text) {
    std::string line = one_line(text);
    for (char& c : line) {
        if (c == '#') c = '+';
    }
    return line;
}

}  // namespace

Tap::Tap(int fd) : fd_(fd) {
    termios mode = {};
    if (tcgetattr(fd_, &mode) == 0) {
        cfmakeraw(&mode);
        tcsetattr(fd_, TCSANOW, &mode);
    }
    line("TAP version 14");
}

void Tap::check(const std::string& name, bool ok, const std::string& seen) {
    if (!ok && !unmet_need().empty()) return skip(name, unmet_need());
    line((ok ? "ok " : "not ok ") + std::to_string(++tests_) + " - " + name +
         (seen.empty() ? "" : ": " + plain(seen)));
}

void Tap::expect(const std::string& name, const std::string& seen, const std::string& expected) {
    check(name, seen == expected, seen == expected ? seen : seen + " instead of " + expected);
}

void Tap::skip(const std::string& name, const std::string& why) {
    line("ok " + std::to_string(++tests_) + " - " + name + " # SKIP " + plain(why));
}

void Tap::comment(const std::string& text) {
    line("# " + one_line(text));
}

void Tap::end() {
    line("1.." + std::to_string(tests_));
}

void Tap::line(const std::string& text) {
    const std::string whole = text + "\n";
    for (size_t at = 0; at < whole.size();) {
        const ssize_t n = write(fd_, whole.data() + at, whole.size() - at);
        if (n < 0 && errno == EINTR) continue;
        // Nobody is left to tell; the missing plan says so.
        if (n <= 0) return;
        at += static_cast<size_t>(n);
    }
    tcdrain(fd_);
}

}  // namespace stackshift
