// SPDX-License-Identifier: MIT
// What a reader or a command refuses, held against what it is to say.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "util/error.h"

namespace stackshift {

/// Expects that `call` throws an Error of that exit code, whose message has `part`.
inline void expect_error(Exit code, const std::string& part, const std::function<void()>& call) {
    try {
        call();
        ADD_FAILURE() << "no error: " << part;
    } catch (const Error& error) {
        EXPECT_EQ(error.code, code) << error.what();
        EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
    }
}

/// What the thrown Error says, after its exit code; empty where nothing is thrown.
template <typename Action>
std::string error_of(Action action) {
    try {
        action();
    } catch (const Error& error) {
        return std::to_string(static_cast<int>(error.code)) + " " + error.what();
    }
    return {};
}

}  // namespace stackshift
