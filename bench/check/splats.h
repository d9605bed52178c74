// SPDX-License-Identifier: MIT
// Complaints of a kernel on its console.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace stackshift {

/// The lines with which splats begin: warnings, bugs, KASAN, lockdep, leaks, hung tasks, oopses; with the
/// four lines that follow each. At most eight splats.
std::vector<std::string> find_splats(std::string_view console);

}  // namespace stackshift
