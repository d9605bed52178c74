// SPDX-License-Identifier: MIT
// Entries of binfmt_misc.
#pragma once

#include <string>

#include "conform/support/facility.h"

namespace stackshift {

/// An entry ":NAME:E::EXTENSION::INTERPRETER:FLAGS" or ":NAME:M:OFFSET:MAGIC:MASK:INTERPRETER:FLAGS". The
/// destructor removes it.
class MiscEntry {
  public:
    explicit MiscEntry(const std::string& line);
    ~MiscEntry();
    MiscEntry(const MiscEntry&) = delete;
    MiscEntry& operator=(const MiscEntry&) = delete;
    /// False where the kernel refused it.
    bool exists() const { return exists_; }

  private:
    Need need_{Facility::binfmt_misc};
    std::string path_;
    bool exists_;
};

/// The registration that gives i386 programs to /probe64: ELF, 32 bits, little endian, ET_EXEC, EM_386.
inline constexpr const char* kMiscI386ToNative =
    ":i386:M::\\x7fELF\\x01\\x01\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x02\\x00\\x03\\x00::/"
    "probe64:";

}  // namespace stackshift
