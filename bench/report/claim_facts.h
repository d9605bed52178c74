// SPDX-License-Identifier: MIT
// What the claims' judges see: the evidence put into order, and the words that their sentences have in
// common.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "report/bases.h"
#include "report/claims.h"
#include "report/view.h"
#include "util/pattern.h"

namespace stackshift {

/// Of something measured: up to this, in percent, a cost is small. A change below it is within what
/// compilers, layouts and batches of pages make of any two kernels (docs/emulator.md, "Where code differs").
inline constexpr double kSmallPercent = 1;
/// Above this, in percent, a cost is large. It is our choice: the figures stand beside each verdict for
/// readers who would draw the line elsewhere.
inline constexpr double kLargePercent = 5;

/// What a judge says.
struct Judgement {
    ClaimVerdict verdict = ClaimVerdict::not_measured;
    std::string measured;
};

/// The evidence put into order. The views point into the parts.
struct ClaimFacts {
    explicit ClaimFacts(const Evidence& evidence);
    ClaimFacts(const ClaimFacts&) = delete;

    std::vector<BasePart> parts;  ///< of the exact results; the claims are held against the first base
    std::optional<View> exact;    ///< mainline first; nothing where no kernel is mainline's
    std::optional<View> clock;
    std::vector<const CheckRow*> rows;  ///< of all checks, but for skipped ones
    const std::vector<PatchSize>* sizes = nullptr;

    /// The exact contender of a strategy, or null.
    const Contender* contender(const std::string& strategy) const;
    /// A strategy's rows whose whole names match.
    std::vector<const CheckRow*> rows_of(const std::string& strategy, const Pattern& names) const;
    /// "3 files, 120 insertions, 14 deletions", or that it is not known.
    std::string size_of(const std::string& strategy) const;
};

/// What a contender's cell takes more than mainline's, in instructions.
struct Extra {
    const CellResult* base = nullptr;
    double count = 0;
    double percent = 0;  ///< of mainline's
    bool told = false;   ///< more than draws and ticks make of it

    bool saves() const { return told && count < 0; }
    bool costs() const { return told && count > 0; }
    /// How much of mainline's it saves; 0 where draws may make as much.
    double saved_percent() const { return saves() ? -percent : 0; }
};

/// Nothing where a cell is missing or not ok.
std::optional<Extra> extra_of(const View& view, const Contender* contender, const Row& row,
                              const Configuration& configuration);

/// "6,551 of 58,925 instructions (11.1 %)", for what is saved.
std::string saved_text(const Extra& extra);
/// "4,074 instructions (8.3 %) more than mainline's 48,944", or less.
std::string extra_text(const Extra& extra);
/// "11.1 %", with two decimals under one percent.
std::string percent_text(double percent);
/// "a, b, c and 4 more".
std::string names_text(const std::vector<std::string>& names);
/// "17 of 20".
std::string share_of(std::size_t part, std::size_t all);

/// That a claim is not measured, for want of this.
Judgement wanting(const std::string& what);

/// The rows of a path that have mainline's cell in this configuration.
std::vector<Row> counted_rows(const View& view, ExecPath path, const Configuration& configuration);

}  // namespace stackshift
