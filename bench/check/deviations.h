// SPDX-License-Identifier: MIT
// The rows of a conformance run, held against what their strategy declares in its folder.
#pragma once

#include <string>
#include <vector>

#include "results/declared.h"

namespace stackshift {

/// A test on a strategy's kernel.
struct CheckRow {
    /// ok: as mainline; deviation: not as mainline, as declared; failed: any other difference, or a declared
    /// one that is not there; skipped: could not be tested, `seen` says why.
    enum class Status { ok, deviation, failed, skipped };
    std::string strategy;
    std::string test;
    std::string machine;  ///< "serial", "parallel", ...
    Status status = Status::failed;
    std::string seen;    ///< what the guest saw
    std::string reason;  ///< the declaration's, or why it is a failure
};

const char* to_string(CheckRow::Status status);

/// Holds the rows of one strategy against what it declares: failures that are declared become deviations,
/// tests that passed though declared to deviate, and not only at times, become failures. A declaration whose
/// tests were all run elsewhere or not at all is added, if `all_ran`, as a failed row of its own. Pure.
void apply_deviations(const std::string& strategy, std::vector<CheckRow>& rows, const Declarations& declared,
                      bool all_ran);

/// Holds the rows of one revision of a git tree against those of the revision before it: what was so there
/// too, and what is only now as this suite expects, become deviations; any other difference is a failure.
/// `before` are that one's rows as its boots gave them. With `before` empty the rows are those that others
/// are held against, and their failures are deviations. How a boot itself ended is never excused. Pure.
void apply_revision(const std::string& before_name, const std::vector<CheckRow>& before,
                    std::vector<CheckRow>& rows);

}  // namespace stackshift
