// SPDX-License-Identifier: MIT
// kernels/deviations: where a strategy does not do what mainline does, declared by hand, with the reason.
#pragma once

#include <filesystem>
#include <regex>
#include <string>
#include <vector>

namespace stackshift {

/// One line "STRATEGIES | TESTS | SEEN | REASON": names separated by blanks, a regular expression of whole
/// test names, one that is found in what is seen, and why.
struct Deviation {
    int line = 0;
    std::vector<std::string> strategies;
    std::string tests;
    std::regex tests_pattern;
    std::string seen;
    std::regex seen_pattern;
    std::string reason;

    bool is_of(const std::string& strategy) const;
};

/// Reads the table; blank lines and lines that start with # are passed over. Throws Error{usage} naming file
/// and line for one that is not understood.
std::vector<Deviation> read_deviations(const std::filesystem::path& file);

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

/// Holds the rows of one strategy against the declarations: failures that are declared become deviations,
/// tests that passed though declared to deviate become failures. A declaration of this strategy whose tests
/// were all run elsewhere or not at all is returned, if `all_ran`, as a failed row of its own. Pure.
void apply_deviations(const std::string& strategy, std::vector<CheckRow>& rows,
                      const std::vector<Deviation>& deviations, bool all_ran);

}  // namespace stackshift
