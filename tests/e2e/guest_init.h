// SPDX-License-Identifier: MIT
// Boots a kernel with a test's own init (tests/guest) on the machine of the exact instrument.
#pragma once

#include <map>
#include <string>

namespace stackshift {

/// What the init wrote to the second serial port. `kernel`: a directory of build/kernels. `init`: a program
/// of tests/guest. `programs`: path in the guest to the file it is. `parameters`: what goes on the kernel's
/// command line, with a blank in front. Fails the test, with the console's text, where the last line is not
/// "done".
std::string boot_init(const std::string& kernel, const std::string& init,
                      const std::map<std::string, std::string>& programs, const std::string& parameters = "");

}  // namespace stackshift
