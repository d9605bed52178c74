// SPDX-License-Identifier: MIT
#include "results/declared.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "util/error.h"
#include "util/files.h"

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
    const std::vector<DeclaredFailure> declared = {{":33p/", std::regex(":33p/"), "execve: E2BIG"}};
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
    EXPECT_FALSE(cells[3].expected);
    EXPECT_EQ(cells[4].status, CellStatus::unavailable);
    EXPECT_EQ(cells[5].status, CellStatus::ok);
}

TEST(Declared, FileNamesItsFaultyLine) {
    const std::filesystem::path file =
        std::filesystem::temp_directory_path() / ("declared-" + std::to_string(getpid()));
    EXPECT_TRUE(read_declared_failures(file).empty());
    write_file_atomically(file, "# a comment\n\n:33p/\texecve: E2BIG\n");
    ASSERT_EQ(read_declared_failures(file).size(), 1U);
    EXPECT_EQ(read_declared_failures(file)[0].reason, "execve: E2BIG");
    write_file_atomically(file, "# a comment\n:33p/\n");
    try {
        read_declared_failures(file);
        ADD_FAILURE();
    } catch (const Error& error) {
        EXPECT_NE(std::string(error.what()).find(":2:"), std::string::npos) << error.what();
    }
    write_file_atomically(file, "( x\n");
    EXPECT_THROW(read_declared_failures(file), Error);
    std::filesystem::remove(file);
}

TEST(Declared, ArraysLimitCoversTheMatrix) {
    const auto declared = read_declared_failures(PROJECT_DIR "/kernels/patches/array/declared-failures");
    ASSERT_EQ(declared.size(), 1U);
    EXPECT_TRUE(std::regex_search("self-exec/native/aslr/argv:33p/long", declared[0].pattern));
    EXPECT_FALSE(std::regex_search("self-exec/native/aslr/argv:32p/long", declared[0].pattern));
    EXPECT_FALSE(std::regex_search("self-exec/native/aslr/argv:8p/short", declared[0].pattern));
}

}  // namespace
}  // namespace stackshift
