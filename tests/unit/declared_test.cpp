// SPDX-License-Identifier: MIT
#include "results/declared.h"

#include <gtest/gtest.h>

#include "kernels/strategy_file.h"

namespace stackshift {
namespace {

CellResult cell(const std::string& name, CellStatus status, const std::string& reason) {
    CellResult result;
    result.cell = parse_cell("self-exec/" + name).value();
    result.status = status;
    result.reason = reason;
    result.expected = status != CellStatus::failed;
    return result;
}

TEST(Declared, MarksWhatWasDeclaredAndNothingElse) {
    const std::vector<Declaration> declared =
        parse_strategy_file("failing = .*:33p/.* | execve: E2BIG | a limit\n", "mine/strategy")
            .declared.failing;
    std::vector<CellResult> cells = {
        cell("native/aslr/argv:33p/long", CellStatus::failed, "exec 1 of 5: execve: E2BIG (too long)"),
        cell("native/aslr/argv:33p/short", CellStatus::failed, "exec 1 of 5: execve: EFAULT (Bad address)"),
        cell("native/aslr/argv:32p/long", CellStatus::failed, "exec 1 of 5: execve: E2BIG (too long)"),
        cell("native/aslr/env:33p/long", CellStatus::ok, ""),
        cell("i386/aslr/env:33p/long", CellStatus::unavailable, "no i386"),
        cell("native/aslr/argv:8p/long", CellStatus::ok, "")};
    apply_declared_failures(cells, declared);
    EXPECT_TRUE(cells[0].expected);
    EXPECT_FALSE(cells[1].expected) << "another reason";
    EXPECT_FALSE(cells[2].expected) << "another cell";
    EXPECT_EQ(cells[3].status, CellStatus::failed) << "declared, but did not occur";
    EXPECT_EQ(cells[3].reason, "did not fail, though mine/strategy:1 declares 'execve: E2BIG'");
    EXPECT_FALSE(cells[3].expected);
    EXPECT_EQ(cells[4].status, CellStatus::unavailable);
    EXPECT_EQ(cells[5].status, CellStatus::ok);
}

TEST(Declared, WhatFailsAtTimesMayAlsoWork) {
    std::vector<Declaration> declared =
        parse_strategy_file("failing = .*:33p/.* | execve: E2BIG | a limit\n", "mine/strategy")
            .declared.failing;
    declared.front().at_times = true;
    std::vector<CellResult> cells = {
        cell("native/aslr/argv:33p/long", CellStatus::failed, "exec 1 of 5: execve: E2BIG (too long)"),
        cell("native/aslr/env:33p/long", CellStatus::ok, "")};
    apply_declared_failures(cells, declared);
    EXPECT_TRUE(cells[0].expected);
    EXPECT_EQ(cells[1].status, CellStatus::ok);
}

}  // namespace
}  // namespace stackshift
