// SPDX-License-Identifier: MIT
// What was measured of a change, as text for its commit message or cover letter. Made from results alone.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "check/check.h"
#include "results/result.h"

namespace stackshift {

/// What a line may be long: git log indents messages by four, and lists quote them.
inline constexpr std::size_t kMessageWidth = 75;

/// How large the change is.
struct PatchSize {
    std::string strategy;
    std::string what;                ///< "3 files, 120 insertions, 14 deletions", or why that is not known
    std::vector<std::string> files;  ///< "fs/exec.c +29 -18"
};

/// What is told of.
struct Justification {
    std::vector<std::string> strategies;  ///< the first is what the others are compared with
    Result exact;                         ///< of `lab`; only the strategies' cells and kernels count
    std::optional<Result> clock;          ///< of `host`
    std::vector<CheckResult> checks;      ///< of `check`
    std::vector<PatchSize> sizes;
};

/// The text: plain ASCII, at most kMessageWidth columns but for names that are longer themselves. What was
/// not measured is listed, and why. Throws Error{usage} for a strategy that the exact result does not have
/// (with the nearest), or fewer than two.
std::string justify_text(const Justification& justification);

}  // namespace stackshift
