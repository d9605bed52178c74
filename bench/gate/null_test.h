// SPDX-License-Identifier: MIT
// A live A/A test: how often a gate calls a change between rounds of one kernel on one machine, where there
// is none. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "gate/gate.h"

namespace stackshift {

/// Comparisons of equals, and in how many a cell was called a change.
struct NullCalls {
    std::size_t comparisons = 0;
    std::size_t called = 0;
};

struct NullTest {
    std::size_t rounds = 0;       ///< of each side of a comparison
    NullCalls interleaved;        ///< every other round against those between, without floors
    NullCalls in_sequence;        ///< rounds against those after them, as two runs are, without floors
    NullCalls in_sequence_gated;  ///< the same, with the floors that the gate has
};

/// Cuts a clock result's rounds into stretches and judges each against itself (every other round) and against
/// the next. Sides have two rounds more than the sign test needs for the result's cells. Nothing where the
/// rounds do not do for three stretches.
std::optional<NullTest> null_test(const Result& result, const GateRequest& request);

/// What came of it in words, or how many rounds are wanted.
std::string null_test_text(const std::optional<NullTest>& test);

}  // namespace stackshift
