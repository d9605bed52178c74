// SPDX-License-Identifier: MIT
// What the guest's init writes to its second serial port and the lab reads: plain lines, closed by a line
// that counts and checksums all before it, so that a report is whole or worthless.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "matrix/part.h"
#include "matrix/phase.h"
#include "matrix/status.h"

namespace stackshift {

/// One cell as a guest ran it.
struct GuestCell {
    CellStatus status = CellStatus::failed;
    std::string reason;
    std::vector<std::uint64_t> ticks;                    ///< of each exec
    std::map<std::string, std::uint64_t> counters;       ///< vmstat deltas over the chain's execs
    std::map<Phase, std::vector<std::uint64_t>> phases;  ///< ticks of each phase of each exec
    /// Ticks of each exec outside its phases, where it has any: from the stamp before execve to the first
    /// phase, and from the last phase to the stamp in _start.
    std::vector<std::uint64_t> before_phases;
    std::vector<std::uint64_t> after_phases;
    /// Ticks of the execs that phases are of, where they are others than those of `ticks`.
    std::vector<std::uint64_t> windows;
    std::map<Part, std::vector<std::uint64_t>> parts;  ///< ticks of each part of each operation
};

/// What one chain of a cell counted of one group of events in one window.
struct GuestEventChain {
    std::uint64_t cell = 0;    ///< index in the plan
    std::uint64_t window = 0;  ///< index in kEventWindows (counters/event.h)
    std::uint64_t group = 0;   ///< index in GuestReport::event_groups
    CellStatus status = CellStatus::failed;
    std::string reason;
    std::string empty;               ///< the read of a window that holds nothing, as read() gave it
    std::vector<std::string> reads;  ///< the same after each exec
};

struct GuestReport {
    std::string release;   ///< uname -r
    std::string version;   ///< uname -v
    std::string strategy;  ///< as /proc/self/exec_phases names it; "-" where the kernel has no such file
    std::vector<GuestCell> cells;                           ///< in the plan's order
    std::map<std::string, std::string> events_unavailable;  ///< event -> reason
    std::vector<std::vector<std::string>> event_groups;     ///< names of the events of each
    std::vector<GuestEventChain> event_chains;
    std::uint64_t end_ticks = 0;  ///< guest TSC when all was done: instructions of the whole boot
};

/// Lines of a report as they are written; keeps count and checksum.
class ReportLines {
  public:
    std::string line(std::string_view text);  ///< the line with its newline
    std::string end();                        ///< the closing line
  private:
    std::uint64_t lines_ = 0;
    std::uint64_t hash_ = 14695981039346656037ULL;  // FNV-1a, 64 bits
};

inline constexpr std::string_view kReportHeader = "stackshift-guest 1";

enum class ReportState {
    whole,
    empty,      ///< nothing was written
    truncated,  ///< begins well but does not close
    broken,     ///< is no report, or its checksum is wrong
    error,      ///< the guest's init reported a fault of its own: `problem`
};

/// Reads a report. `problem` says what is wrong where the state is not whole.
ReportState parse_report(std::string_view text, GuestReport& report, std::string& problem);

/// Number of cells a growing report has so far (for progress).
size_t count_cells(std::string_view text);

}  // namespace stackshift
