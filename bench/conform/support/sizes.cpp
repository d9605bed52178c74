// SPDX-License-Identifier: MIT
#include "conform/support/sizes.h"

namespace stackshift {

Strings strings_behind_first(std::size_t bytes) {
    Strings strings = strings_of(bytes);
    strings.insert(strings.begin(), "first");
    return strings;
}

}  // namespace stackshift
