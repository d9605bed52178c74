// SPDX-License-Identifier: MIT
// What `perf script -F ip,sym` prints of an exec chain's samples, shared out over the phases of an exec by
// the kernel functions in each call chain. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "matrix/phase.h"

namespace stackshift {

/// One sample's functions, innermost first, without suffixes that compilers add (".isra.0", ".part.0",
/// ".constprop.0", ".cold").
using CallChain = std::vector<std::string>;

/// The samples of perf's text: lines "ADDRESS SYMBOL", innermost first, each sample closed by a blank line.
std::vector<CallChain> parse_perf_script(std::string_view text);

/// The phase of an exec that a call chain lies in, the remainder where it
/// is none of them, nothing where it is not inside an execve at all. Kernels without our stamps have the same
/// functions: alloc_bprm, copy_strings, begin_new_exec, setup_arg_pages, ... What the compiler has inlined is
/// told by what it calls; a function that it inlined whole counts as its caller's.
std::optional<Phase> phase_of(const CallChain& chain);

struct PhaseSamples {
    std::uint64_t samples = 0;
    std::map<std::string, std::uint64_t> functions;  ///< by the innermost function
};

struct ExecSamples {
    std::map<Phase, PhaseSamples> phases;
    std::uint64_t in_exec = 0;  ///< sum over the phases
    std::uint64_t all = 0;      ///< with those outside of execve
};

ExecSamples share_out(const std::vector<CallChain>& chains);

}  // namespace stackshift
