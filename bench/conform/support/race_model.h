// SPDX-License-Identifier: MIT
// What execve may make of strings that somebody writes to meanwhile.
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

/// copy_strings() measures each string and then copies that many bytes, so a NUL that came or went in between
/// stays within: what arrives is, for each string, its bytes up to its end or up to a place that was a NUL
/// when it was measured, each changing byte as either of its values. The program's pointers are made from the
/// NULs that arrived, over all strings, the file name above them and the empty word above that.
///
/// Says "intact" (all strings as sent), "changed" (but for changing bytes), "cut" (some ended early, all in
/// order), "torn" (measured with a NUL that then went, or without one that then came, so that all pointers
/// below are shifted); and against the rule, "other counts", "other length", "other bytes" or "file name".
std::string judge(const std::vector<Restless>& argv, const std::vector<Restless>& env,
                  const std::string& file, const Seen& seen);

}  // namespace stackshift
