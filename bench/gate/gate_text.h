// SPDX-License-Identifier: MIT
// What a gate has found, in words.
#pragma once

#include <string>

#include "gate/gate.h"

namespace stackshift {

/// The answer in one sentence, then each failing cell: expected, found, by which rule, what moved; then what
/// passed that a reader should know. Lines of at most 100 columns, plain ASCII. Without `all`, at most twenty
/// of each.
std::string gate_text(const GateReport& report, bool all);

/// "worse", "is ok now": a verdict in a word or three.
const char* word_of(Verdict verdict);

}  // namespace stackshift
