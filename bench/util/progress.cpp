// SPDX-License-Identifier: MIT
#include "util/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

namespace stackshift {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kTerminalInterval = std::chrono::milliseconds(200);
// A pipe (a CI log) gets few lines.
constexpr auto kPipeInterval = std::chrono::seconds(10);

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Throws std::system_error{EPIPE} where nobody reads any more: a run that nobody follows ends.
void say(const std::string& text) {
    const bool said = std::fputs(text.c_str(), stderr) >= 0 && std::fflush(stderr) == 0;
    if (!said && errno == EPIPE) throw std::system_error(EPIPE, std::generic_category(), "stderr");
}

}  // namespace

std::string format_duration(double seconds) {
    const long whole = static_cast<long>(seconds + 0.5);
    if (whole < 3600) return fmt::format("{}:{:02}", whole / 60, whole % 60);
    return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

Progress::Progress(std::string stage)
    : stage_(std::move(stage)), start_(Clock::now()), shown_(start_), terminal_(isatty(STDERR_FILENO) != 0) {}

Progress::~Progress() {
    if (open_line_) std::fputs("\r\033[K", stderr);
}

void Progress::show(const std::string& line, bool force) {
    const auto interval = terminal_ ? Clock::duration(kTerminalInterval) : Clock::duration(kPipeInterval);
    if (!force && !first_ && Clock::now() - shown_ < interval) return;
    first_ = false;
    shown_ = Clock::now();
    if (terminal_) {
        say(fmt::format("\r\033[K{}", line));
        open_line_ = true;
    } else {
        say(fmt::format("{}\n", line));
    }
}

void Progress::update(double done, double total, const std::string& detail) {
    const double elapsed = seconds_since(start_);
    std::string left;
    // Below 2 % a proportion says nothing.
    if (done > 0.02 * total && done < total) {
        left = fmt::format(", {} left", format_duration(elapsed * (total - done) / done));
    }
    show(fmt::format("{}: {:.0f} of {:.0f}{}{}{}", stage_, done, total, left, detail.empty() ? "" : "  ",
                     detail),
         false);
}

void Progress::busy(const std::string& detail) {
    show(fmt::format("{}: {}  {}", stage_, format_duration(seconds_since(start_)), detail), false);
}

void Progress::note(const std::string& line) {
    say(fmt::format("{}{}\n", open_line_ ? "\r\033[K" : "", line));
    open_line_ = false;
}

}  // namespace stackshift
