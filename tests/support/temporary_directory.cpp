// SPDX-License-Identifier: MIT
#include "support/temporary_directory.h"

#include <stdlib.h>

#include <cerrno>
#include <string>
#include <system_error>

namespace stackshift {
namespace {

std::filesystem::path make_temporary() {
    std::string name = (std::filesystem::temp_directory_path() / "stackshift-test-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::system_error(errno, std::generic_category(), name);
    return name;
}

}  // namespace

TemporaryDirectory::TemporaryDirectory() : path(make_temporary()) {}

TemporaryDirectory::~TemporaryDirectory() {
    std::error_code error;
    std::filesystem::remove_all(path, error);
}

}  // namespace stackshift
