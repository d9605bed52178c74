// SPDX-License-Identifier: MIT
// What execve may make of strings that another process writes to meanwhile.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "conform/support/exec.h"

namespace stackshift {

/// A string of which some bytes keep changing between what they are here and `other`.
struct Restless {
    std::string text;
    std::vector<std::size_t> places;
    char other = '\0';
};

/// copy_strings() measures each string and then copies as many bytes. A NUL that appears or disappears in
/// between does not change that number. So for each string, its bytes arrive up to its end, or up to a place
/// that was a NUL when the string was measured, and each changing byte has either of its values. The
/// program's pointers are made afterwards, from the NULs that arrived in all strings, in the file name above
/// them and in the empty word above that.
///
/// Returns "intact" (all strings as sent), "changed" (all but changing bytes as sent), "cut" (some strings
/// end early, the others are in order), or "torn" (a string was measured with a NUL that then disappeared, or
/// without one that then appeared, so that the pointers to later strings are shifted). What breaks the rule
/// is "other counts", "other length", "other bytes" or "file name".
std::string judge(const std::vector<Restless>& argv, const std::vector<Restless>& env,
                  const std::string& file, const Seen& seen);

}  // namespace stackshift
