// SPDX-License-Identifier: MIT
// What tests of code that reads folders have in common.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "support/errors.h"
#include "support/temporary_directory.h"
#include "util/files.h"

namespace stackshift {

/// A directory of its own for each test, with the files that it puts there.
class PlantedFiles : public testing::Test {
  protected:
    void put(const std::string& name, const std::string& text) const {
        std::filesystem::create_directories((dir / name).parent_path());
        std::ofstream(dir / name) << text;
    }
    std::string get(const std::string& name) const { return read_file_or(dir / name, "(none)"); }

    const TemporaryDirectory temporary;
    const std::filesystem::path dir = temporary.path;
};

inline bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace stackshift
