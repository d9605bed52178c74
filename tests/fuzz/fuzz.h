// SPDX-License-Identifier: MIT
// What all harnesses have in common. Each NAME_fuzz.cpp defines LLVMFuzzerTestOneInput(), which gives one
// input to a reader. libFuzzer calls it where the campaign runs (clang), replay.cpp with the files of
// corpus/NAME everywhere else; there it is called NAME_fuzz, as all harnesses are in one program.
#pragma once

#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>

#include "util/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace stackshift::fuzz {

/// How many inputs gave a value so far. A corpus of which all is refused tests little.
inline std::size_t accepted = 0;

inline std::string text_of(const std::uint8_t* data, std::size_t size) {
    return {reinterpret_cast<const char*>(data), size};
}

/// A finding, where something that must hold does not: nobody catches this.
inline void require(bool holds, const char* what) {
    if (!holds) throw std::logic_error(what);
}

/// Reads: a value is fine, and so is an Error that is the input's fault and names the place (false). All
/// else, another exception among it, is a finding.
template <typename Read>
bool reads(std::string_view place, Read read) {
    try {
        read();
    } catch (const Error& error) {
        require(
            error.code == Exit::usage || error.code == Exit::incomparable || error.code == Exit::run_failed,
            "the error is not called one of the input");
        require(std::string_view(error.what()).find(place) != std::string_view::npos,
                "the error does not name the place");
        return false;
    }
    ++accepted;
    return true;
}

/// A file with the input, for readers that take no text. In memory, where the machine has such a place.
class InputFile {
  public:
    explicit InputFile(const std::string& name) {
        const std::filesystem::path shared = "/dev/shm";
        const std::filesystem::path place =
            access(shared.c_str(), W_OK) == 0 ? shared : std::filesystem::temp_directory_path();
        directory_ = place / ("stackshift-fuzz-" + std::to_string(getpid()) + "-" + name);
        std::filesystem::create_directories(directory_);
        path_ = directory_ / name;
    }
    ~InputFile() {
        std::error_code error;
        std::filesystem::remove_all(directory_, error);
    }
    InputFile(const InputFile&) = delete;
    InputFile& operator=(const InputFile&) = delete;

    /// The file, which holds `text` now.
    const std::filesystem::path& holding(std::string_view text) const {
        std::ofstream(path_, std::ios::binary) << text;
        return path_;
    }
    const std::filesystem::path& directory() const { return directory_; }

  private:
    std::filesystem::path directory_;
    std::filesystem::path path_;
};

}  // namespace stackshift::fuzz
