// SPDX-License-Identifier: MIT
// Which kernel of a result stands against which of a baseline, and whether the two may.
#pragma once

#include <string>
#include <vector>

#include "results/result.h"

namespace stackshift {

/// Names as their own files have them.
struct KernelPair {
    std::string expected;  ///< of the baseline
    std::string found;     ///< of the result
};

struct PairingRequest {
    std::vector<std::string> strategies;  ///< of the baseline; empty: all that it has
    std::vector<KernelPair> pairs;        ///< besides, where names differ; then only these and `strategies`
};

struct Pairing {
    std::vector<KernelPair> pairs;
    std::vector<std::string> missing;  ///< wanted kernels of the baseline that the result does not have
    std::vector<std::string> extra;    ///< kernels of the result that stand against nothing
};

/// By name; two files of one commit each stand against each other whatever the commits are called. Throws
/// Error{usage} for a name that a file does not have, Error{incomparable} where no pair comes of it.
Pairing pair_kernels(const Result& baseline, const Result& found, const PairingRequest& request);

/// The kernel of a name, or null where the result does not describe it.
const KernelInfo* find_kernel(const Result& result, const std::string& strategy);

/// "6.12.117" of "6.12.117-1-amd64 #1 SMP ...", "6.13-rc1" of "6.13-rc1+"; other texts as they are.
std::string release_of(const std::string& version);

/// Throws Error{incomparable} naming the first field in which the results differ that has nothing to do with
/// the kernels' code, with both values.
void require_same_setting(const Result& baseline, const Result& found, const std::vector<KernelPair>& pairs);

}  // namespace stackshift
