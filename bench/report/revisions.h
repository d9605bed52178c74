// SPDX-License-Identifier: MIT
// What commits of a git tree, or the steps of a strategy's series, have changed, one against the other.
#pragma once

#include <string>

#include "report/view.h"

namespace stackshift {

/// Whether all contenders are revisions of a git tree, or steps of a series after what it stands on: of these
/// the answer is another than of strategies.
bool are_revisions(const View& view);

/// The answer: for each revision, how many cells without ASLR, whose counts are exact, changed against the
/// one before and by how much; then, for a few cells or for `every` one, what each has added and what that
/// makes so far.
std::string revisions_text(const View& view, bool every = false);

}  // namespace stackshift
