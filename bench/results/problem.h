// SPDX-License-Identifier: MIT
// What is wrong with a JSON document, and where.
#pragma once

#include <stdexcept>
#include <string>

namespace stackshift {

struct Problem {
    std::string pointer;  ///< JSON pointer (RFC 6901), "/cells/3/status"; empty: the document itself
    std::string message;  ///< "is missing", "is \"8\", which has the wrong type"
};

/// "/cells/3/status is missing".
std::string to_string(const Problem& problem);

/// Thrown by those who read a document and do not know its file: load_result() adds the name, a writer says
/// that the fault is ours.
struct Malformed : std::runtime_error {
    explicit Malformed(const Problem& problem) : std::runtime_error(to_string(problem)) {}
};

/// `key` as one more step of a JSON pointer.
std::string pointer_step(const std::string& key);

}  // namespace stackshift
