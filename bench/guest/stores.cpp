// SPDX-License-Identifier: MIT
#include "guest/stores.h"

#include <sys/mount.h>

#include "util/read_text.h"

namespace stackshift {

StoreWatch::StoreWatch(const std::string& strategy) : watches_(strategy.starts_with("userstack")) {
    if (watches_) mount("debugfs", "/sys/kernel/debug", "debugfs", 0, nullptr);
}

void StoreWatch::begin() {
    if (watches_) before_ = stores();
}

void StoreWatch::end(const ChainRequest& request, ChainOutcome& outcome) const {
    if (!watches_ || outcome.status != CellStatus::ok) return;
    const std::optional<Stores> after = stores();
    const std::uint64_t execs = std::uint64_t{request.execs} + 1;
    const std::uint64_t staged = before_ && after ? after->userstack - before_->userstack : 0;
    const std::uint64_t elsewhere = before_ && after ? after->fallback - before_->fallback : 0;
    // A parent's children are as many, and more: their phases are read in others.
    const bool all = info_of(request.cell.path).has_parent() ? staged >= execs : staged == execs;
    if (all && elsewhere == 0) return;
    outcome.status = CellStatus::failed;
    outcome.reason = std::to_string(staged) + " of " + std::to_string(execs) +
                     " execs were staged in the caller's stack, " + std::to_string(elsewhere) + " elsewhere";
}

std::optional<StoreWatch::Stores> StoreWatch::stores() const {
    const std::string text = read_text("/sys/kernel/debug/exec_userstack");
    // The file has the form of /proc/vmstat.
    const auto userstack = vmstat_value(text, "userstack");
    const auto fallback = vmstat_value(text, "fallback");
    if (!userstack || !fallback) return std::nullopt;
    return Stores{*userstack, *fallback};
}

}  // namespace stackshift
