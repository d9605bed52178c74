// SPDX-License-Identifier: MIT
// A strategy's patches: read, and tried on the kernel's source without a build.
#pragma once

#include <string>
#include <vector>

#include "kernels/patch.h"
#include "kernels/strategies.h"

namespace stackshift {

/// All patches of a strategy, in order. Throws as touched_files() does for one that is no patch.
std::vector<PatchFile> read_series(const Strategy& strategy);

/// Whether a series applies.
struct SeriesTrial {
    enum class Verdict { applies, does_not_apply, not_known };
    Verdict verdict = Verdict::not_known;
    std::string version;  ///< the source's, "6.12.117"; empty where none was looked at
    std::string reason;   ///< why it does not apply, as a build says it, or why it is not known
};

/// Applies the series as a build does, to copies of the files that it touches. Unpacks the base's source
/// where it has not been; waits for a build that is under way. Where no source is there, that is the answer:
/// none is fetched. Throws Error{usage} for a KernelPlaces::source that is no kernel source, or a patch that
/// is none.
SeriesTrial try_series(const KernelPlaces& places, const KernelBase& base, const Strategy& strategy);

}  // namespace stackshift
