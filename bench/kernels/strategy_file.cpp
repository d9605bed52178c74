// SPDX-License-Identifier: MIT
#include "kernels/strategy_file.h"

#include <fmt/format.h>

#include "kernels/declaration_line.h"

namespace stackshift {
namespace {

/// One of two words; true for the first.
bool first_of_two(const KeyValue& line, const char* first, const char* second) {
    if (line.value == first) return true;
    if (line.value != second)
        refuse_line(line.where,
                    fmt::format("'{} = {}': it is {} or {}", line.key, line.value, first, second));
    return false;
}

}  // namespace

StrategyFile parse_strategy_file(std::string_view text, const std::string& file) {
    static const std::vector<KnownKey> keys = {
        {"about"}, {"base"}, {"inherit"}, {"on"}, {"default"}, {"deviation", true}, {"failing", true}};
    StrategyFile result;
    result.declared.file = file;
    std::string on_where;
    std::string inherit_where;
    for (const KeyValue& line : parse_key_values(text, file, keys)) {
        if (line.key == "about") {
            result.about = line.value;
        } else if (line.key == "base") {
            result.base = line.value;
            result.base_where = line.where;
        } else if (line.key == "inherit") {
            result.inherit_all = first_of_two(line, "all", "patches");
            inherit_where = line.where;
        } else if (line.key == "on") {
            result.common = first_of_two(line, "common", "unpatched");
            on_where = line.where;
        } else if (line.key == "default") {
            result.by_default = first_of_two(line, "yes", "no");
        } else if (line.key == "deviation") {
            result.declared.deviations.push_back(parse_deviation(line));
        } else {
            result.declared.failing.push_back(parse_failing(line));
        }
    }
    if (!result.base.empty() && !on_where.empty()) {
        refuse_line(on_where, fmt::format("what it stands on is for its base '{}' to say: remove this line",
                                          result.base));
    }
    if (result.base.empty() && !inherit_where.empty()) {
        refuse_line(inherit_where,
                    "there is no base to inherit from: add a line `base = NAME`, or remove this one");
    }
    return result;
}

Declarations parse_port_file(std::string_view text, const std::string& file) {
    Declarations declared;
    declared.file = file;
    for (const KeyValue& line : parse_key_values(text, file, {{"deviation", true}, {"failing", true}})) {
        if (line.key == "deviation")
            declared.deviations.push_back(parse_deviation(line));
        else
            declared.failing.push_back(parse_failing(line));
    }
    return declared;
}

}  // namespace stackshift
