// SPDX-License-Identifier: MIT
// Regular expressions, and those that would search for ever.
#include "util/pattern.h"

#include <gtest/gtest.h>

#include "matrix/filter.h"
#include "util/error.h"

namespace stackshift {
namespace {

std::string fault_of(const std::string& expression, const std::string& text = "") {
    try {
        (void)Pattern(expression).found_in(text);
    } catch (const BadPattern& bad) {
        return bad.what();
    }
    return {};
}

std::string usage_fault(const MatrixRequest& request) {
    try {
        select_plan(request);
    } catch (const Error& error) {
        EXPECT_EQ(error.code, Exit::usage);
        return error.what();
    }
    return {};
}

TEST(Pattern, PartsAndWholes) {
    EXPECT_TRUE(Pattern("b+").found_in("abbc"));
    EXPECT_FALSE(Pattern("b+").matches("abbc"));
    EXPECT_TRUE(Pattern("a|ab").matches("ab")) << "the first alternative alone is no whole match";
    EXPECT_TRUE(Pattern("").found_in(""));
    EXPECT_TRUE(Pattern("^(?!.*noaslr)").found_in("native/aslr/argv:0p"));
    EXPECT_FALSE(Pattern("^(?!.*noaslr)").found_in("native/noaslr/argv:0p"));
}

TEST(Pattern, GroupsThatTookNoPartAreEmpty) {
    EXPECT_EQ(Pattern("(a)(b)?c(d)").groups("xacd"), (std::vector<std::string>{"acd", "a", "", "d"}));
    EXPECT_TRUE(Pattern("(a)").groups("b").empty());
}

TEST(Pattern, AMistakeHasItsPlace) {
    EXPECT_EQ(fault_of("argv:(8|34p"), "missing closing parenthesis, at character 12");
    EXPECT_EQ(fault_of("[a"), "missing terminating ] for character class, at character 3");
}

TEST(Pattern, WhatExplodesIsCutShort) {
    EXPECT_NE(fault_of("(a+)+$", std::string(64, 'a') + 'y').find("more than 1000000 steps"),
              std::string::npos);
    EXPECT_NE(fault_of("(.*)*(.*)*(.*)*(.*)*x", "exec/self-exec/native/aslr/argv:128p/long").find("steps"),
              std::string::npos);
}

TEST(Pattern, ALongTextNeedsNoDeepStack) {
    EXPECT_TRUE(Pattern("^(a|b)*$").matches(std::string(100'000, 'a')));
    EXPECT_TRUE(Pattern(R"(^\[[^\]\n]*\]$)").matches('[' + std::string(10 << 20, 'a') + ']'));
}

TEST(CellFilter, NamesTheOptionAndWhatIsWrong) {
    EXPECT_EQ(usage_fault({"smoke", "argv:("}),
              "--filter 'argv:(' is not a regular expression: missing closing parenthesis, at character 7");
    EXPECT_NE(usage_fault({"smoke", "(.*)*(.*)*(.*)*(.*)*x"}).find("cannot be used: it takes more than"),
              std::string::npos);
    EXPECT_NE(usage_fault({"smoke", "argv:99p"}).find("matches none of the"), std::string::npos);
}

}  // namespace
}  // namespace stackshift
