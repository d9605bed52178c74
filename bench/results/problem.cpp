// SPDX-License-Identifier: MIT
#include "results/problem.h"

namespace stackshift {

std::string to_string(const Problem& problem) {
    return problem.pointer.empty() ? problem.message : problem.pointer + ' ' + problem.message;
}

std::string pointer_step(const std::string& key) {
    std::string step = "/";
    for (const char c : key) {
        if (c == '~') {
            step += "~0";
        } else if (c == '/') {
            step += "~1";
        } else {
            step += c;
        }
    }
    return step;
}

}  // namespace stackshift
