// SPDX-License-Identifier: MIT
#include "conform/support/counters.h"

#include <sstream>

#include "util/read_text.h"

namespace stackshift {

Counters read_counters(const std::string& path) {
    std::istringstream lines(read_text(path));
    Counters values;
    std::string name;
    for (long value = 0; lines >> name >> value;) values[name] = value;
    return values;
}

Counters moved(const Counters& before, const Counters& after) {
    Counters changes;
    for (const auto& [name, value] : after)
        if (value != before.at(name)) changes[name] = value - before.at(name);
    return changes;
}

}  // namespace stackshift
