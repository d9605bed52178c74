// SPDX-License-Identifier: MIT
// The parts of a justification that are words: what was measured on what, what user space sees, how large the
// change is, what was not measured, and the commands. Each begins with a blank line, and is empty where there
// is nothing.
#pragma once

#include <string>

#include "report/justify.h"

namespace stackshift {

/// The machine of a result: the emulator (exact) or the CPU (clock).
std::string machine_of(const Result& result);

/// `exact`: the result without other kernels.
std::string measured_text(const Justification& justification, const Result& exact);

/// By check's declared deviations and failures: a paragraph a strategy.
std::string changes_text(const Justification& justification);

std::string size_text(const Justification& justification);

std::string not_measured_text(const Justification& justification, const Result& exact);

/// Without places of this machine: a result's own command line has some.
std::string reproduce_text(const Justification& justification, const Result& exact);

}  // namespace stackshift
