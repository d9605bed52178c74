// SPDX-License-Identifier: MIT
// Committed exact results that anyone reproduces bit for bit: results/reference/. Pure.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "results/result.h"

namespace stackshift {

/// All that the counts of a reference depend on beside its patches.
struct ReferenceSetting {
    std::string profile;
    std::string source;  ///< package and version; "linux-source-6.12 6.12.117-1~deb12u1"
    std::string compiler;
    std::string emulator;  ///< first line of its --version
    std::string plan_sha256;
    std::string guest_sha256;
    std::string cmdline;
    std::vector<std::string> emulator_args;
};

ReferenceSetting setting_of(const Result& reference);

/// "linux-6.12.117_gcc-12.2.0_qemu-7.2.22_smoke.json". Another plan cannot be compared, so a profile is a
/// file of its own. Throws Error{usage} where the result has no kernel or its versions cannot be read.
std::string reference_name(const Result& result);

/// `result` as a reference made from this source: no samples, nothing of the machine, kernels that anyone can
/// build. Throws Error{usage}, saying how to make a proper one, for a clock result, a part of a profile
/// (--filter, --events), a prebuilt kernel or a commit, kernels of more than one base, configuration or
/// compiler, another source than `source`, a cell that failed undeclared.
Result make_reference(const Result& result, const std::string& source);

/// In what two settings differ, a line each, "compiler: gcc 12.2.0 in the reference, gcc 14.2.0 here".
/// Emulators that count alike (docs/emulator.md) do not differ.
std::vector<std::string> differences(const ReferenceSetting& reference, const ReferenceSetting& here);

struct NamedReference {
    std::filesystem::path file;
    Result result;
};

/// The reference of `here`. Throws Error{incomparable} where there is none, with what the nearest one of this
/// profile differs in and how to make one.
const NamedReference& choose_reference(const std::vector<NamedReference>& references,
                                       const ReferenceSetting& here);

/// A value that was not reproduced.
struct Mismatch {
    std::string strategy;
    std::string cell;
    std::string metric;  ///< empty: the cell itself
    std::string what;    ///< "median 59029 in the reference, 59031 here"
};

/// What differs between the cells of a reference's kernels that `found` was made of, and `found`: status,
/// n, median, min, max, seeds' medians and the samples' sha256 of every metric.
std::vector<Mismatch> mismatches(const Result& reference, const Result& found);

/// The answer, then what differs (at most twenty values) and which kernels are not made of what they were.
std::string verify_text(const NamedReference& reference, const Result& found,
                        const std::vector<Mismatch>& mismatches);

}  // namespace stackshift
