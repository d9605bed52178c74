// SPDX-License-Identifier: MIT
// Runs one cell: starts the program of its exec path (matrix/exec_path.h), which execs, again and again;
// waits for it and reads its records. The same engine serves the host and the guest's init; it needs no
// library but the C++ standard one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "matrix/cell.h"
#include "matrix/part.h"
#include "matrix/status.h"
#include "target/protocol.h"

namespace stackshift {

struct ChainRequest {
    Cell cell;
    unsigned execs = 0;               ///< samples wanted; the collector's own exec comes before them
    std::filesystem::path directory;  ///< holds the programs of all exec paths
    bool vmstat = false;              ///< read /proc/vmstat around the chain
    bool phases = false;              ///< read /proc/self/exec_phases at every entry
    /// The longest without a record of the chain's, so that a busy machine only makes it slow; 0: no limit
    /// (the guest: its emulator has one).
    int stall_limit_ms = 0;
    /// Called a few times per second with the bytes recorded so far (record_bytes_per_exec() each); false
    /// ends the chain.
    std::function<bool(std::size_t recorded)> watch = {};
    std::string events;  ///< an EventConfig and its attributes (target/protocol.h), or empty
};

/// What an exec without phases and events records.
constexpr std::size_t record_bytes_per_exec(ExecPath path) {
    constexpr std::size_t kHeader = sizeof(protocol::RecordHeader);
    constexpr std::size_t kSample = kHeader + sizeof(protocol::SampleRecord);
    const ExecPathInfo& info = info_of(path);
    if (!info.has_parent()) return kSample;
    const std::size_t child = info.stamps_entry ? kSample + kHeader + sizeof(protocol::LeavingRecord) : 0;
    return child + kHeader + sizeof(protocol::OperationRecord);
}

/// A chain of n execs that was checked at every step, or why there is none.
struct ChainOutcome {
    CellStatus status = CellStatus::failed;
    std::string reason;  ///< empty where ok
    /// TSC ticks of each exec, in order: from right before it to the new program's entry; of a path with a
    /// parent the whole operation, from the call that makes the child to its being reaped, without what the
    /// child's checks took.
    std::vector<std::uint64_t> ticks;
    /// TSC at the stamp before each exec, and ticks from it to the new program's entry: the window that
    /// phases lie in. Of a path with a parent: of operations with phases, which are others than those
    /// that are timed.
    std::vector<std::uint64_t> started;
    std::vector<std::uint64_t> windows;
    std::map<Part, std::vector<std::uint64_t>> parts;  ///< of each operation of a path with a parent
    std::vector<std::string>
        phases;  ///< text of /proc/self/exec_phases of each exec, where asked and present
    std::vector<std::string> events;  ///< what was read from the events' group after each exec, where asked
    std::string empty_events;         ///< the same of a window that holds nothing
    std::string vmstat_before;        ///< /proc/vmstat at the first entry, empty where not asked
    std::string vmstat_after;         ///< and at the last, n execs later
};

/// Runs the chain. Failures of the cell are an outcome, not an exception; throws std::system_error only
/// where the collector itself cannot work (no memfd, no fork).
ChainOutcome run_chain(const ChainRequest& request);

/// argv[1] of the first exec: the state for `execs` samples of a cell, with kFlag... of the protocol. 96
/// characters.
std::string encode_state(const Cell& cell, unsigned execs, std::uint32_t flags);

/// The cell's payload strings, without their NULs.
struct PayloadStrings {
    std::vector<std::string> argv;
    std::vector<std::string> env;
};
PayloadStrings make_strings(const Payload& payload);

/// Reads what a chain wrote. Pure; `records` may end anywhere.
ChainOutcome parse_records(std::string_view records, const ChainRequest& request);

/// A counter of /proc/vmstat, or nothing where the kernel has none of that name.
std::optional<std::uint64_t> vmstat_value(std::string_view text, std::string_view name);

}  // namespace stackshift
