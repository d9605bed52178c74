// SPDX-License-Identifier: MIT
#include "conform/support/misc_entry.h"

#include "conform/support/machine.h"

namespace stackshift {

MiscEntry::MiscEntry(const std::string& line)
    : path_("/proc/sys/fs/binfmt_misc/" + line.substr(1, line.find(':', 1) - 1)),
      exists_(write_text("/proc/sys/fs/binfmt_misc/register", line)) {}

MiscEntry::~MiscEntry() {
    if (exists_) write_text(path_, "-1");
}

}  // namespace stackshift
