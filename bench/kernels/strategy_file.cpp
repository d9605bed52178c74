// SPDX-License-Identifier: MIT
#include "kernels/strategy_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <vector>

#include "guest/groups.h"
#include "kernels/text.h"
#include "matrix/plan.h"
#include "util/error.h"
#include "util/nearest.h"

namespace stackshift {
namespace {

// With blanks: a regular expression may hold a bar without them.
constexpr std::string_view kBar = " | ";

const std::vector<std::string> kKeys = {"about", "base", "inherit", "on", "default", "deviation", "failing"};

[[noreturn]] void refuse(const std::string& where, const std::string& what) {
    throw Error(Exit::usage, fmt::format("{}: {}", where, what));
}

/// One of two words; true for the first.
bool first_of_two(const std::string& where, const std::string& key, const std::string& value,
                  const char* first, const char* second) {
    if (value == first) return true;
    if (value != second) {
        refuse(where, fmt::format("'{} = {}': it is {} or {}", key, value, first, second));
    }
    return false;
}

Pattern pattern(const std::string& text, const std::string& where) {
    try {
        return Pattern(text);
    } catch (const BadPattern& error) {
        refuse(where, fmt::format("'{}' is not a regular expression: {}", text, error.what()));
    }
}

Declaration parse_declaration(const std::string& key, const std::string& names_are, std::string_view text,
                              const std::string& where) {
    Declaration declaration;
    declaration.where = where;
    const size_t first = text.find(kBar);
    const size_t second = first == std::string_view::npos ? first : text.find(kBar, first + kBar.size());
    if (second != std::string_view::npos) {
        declaration.names = trim(text.substr(0, first));
        declaration.seen = trim(text.substr(first + kBar.size(), second - first - kBar.size()));
        declaration.reason = trim(text.substr(second + kBar.size()));
    }
    if (declaration.names.empty() || declaration.seen.empty() || declaration.reason.empty()) {
        refuse(where, fmt::format("write {0} = {1} | SEEN | REASON: a regular expression of whole names, one "
                                  "that is found in what is seen there, and why, with blanks around each bar",
                                  key, names_are));
    }
    declaration.names_pattern = pattern(declaration.names, where);
    declaration.seen_pattern = pattern(declaration.seen, where);
    return declaration;
}

/// Tests are found out only by running all of them; what can be told before is told before.
void require_possible_test(const Declaration& deviation) {
    const size_t slash = deviation.names.find('/');
    if (slash == std::string::npos) {
        if (deviation.names.find('.') != std::string::npos) return;
        refuse(deviation.where, fmt::format("'{}' matches no test: a test's name is GROUP/TEST, as "
                                            "`./run.sh check` shows it",
                                            deviation.names));
    }
    const std::string group = deviation.names.substr(0, slash);
    const bool plain = std::all_of(group.begin(), group.end(), [](char c) { return c >= 'a' && c <= 'z'; });
    if (!plain || parse_group(group)) return;
    std::vector<std::string> known;
    for (const GroupInfo& info : kGroups) known.emplace_back(info.name);
    refuse(deviation.where, unknown_name_message("group of tests", group, known));
}

void require_possible_cell(const Declaration& failing) {
    for (const Cell& cell : all_cells()) {
        if (failing.is_of(cell.name())) return;
    }
    refuse(failing.where, fmt::format("'{}' matches no cell's whole name, of those that `./run.sh list "
                                      "--profile full` shows",
                                      failing.names));
}

}  // namespace

StrategyFile parse_strategy_file(std::string_view text, const std::string& file) {
    StrategyFile result;
    result.declared.file = file;
    std::set<std::string> seen;
    std::string on_where;
    std::string inherit_where;
    int number = 0;
    for (const std::string_view untrimmed : split_lines(text)) {
        const std::string where = fmt::format("{}:{}", file, ++number);
        const std::string_view line = trim(untrimmed);
        if (line.empty() || line.starts_with('#')) continue;
        const size_t equals = line.find('=');
        if (equals == std::string_view::npos) {
            refuse(where, fmt::format("'{}' is not KEY = VALUE (keys: {}; a comment begins with #)", line,
                                      fmt::join(kKeys, ", ")));
        }
        const std::string key(trim(line.substr(0, equals)));
        const std::string value(trim(line.substr(equals + 1)));
        if (std::find(kKeys.begin(), kKeys.end(), key) == kKeys.end()) {
            refuse(where, unknown_name_message("key", key, kKeys));
        }
        if (value.empty()) refuse(where, fmt::format("'{}' has no value", key));
        const bool many = key == "deviation" || key == "failing";
        if (!seen.insert(key).second && !many) {
            refuse(where, fmt::format("a second line '{}': a strategy has one", key));
        }
        if (key == "about") {
            result.about = value;
        } else if (key == "base") {
            result.base = value;
            result.base_where = where;
        } else if (key == "inherit") {
            result.inherit_all = first_of_two(where, key, value, "all", "patches");
            inherit_where = where;
        } else if (key == "on") {
            result.common = first_of_two(where, key, value, "common", "unpatched");
            on_where = where;
        } else if (key == "default") {
            result.by_default = first_of_two(where, key, value, "yes", "no");
        } else if (key == "deviation") {
            result.declared.deviations.push_back(parse_declaration(key, "TESTS", value, where));
            require_possible_test(result.declared.deviations.back());
        } else {
            result.declared.failing.push_back(parse_declaration(key, "CELLS", value, where));
            require_possible_cell(result.declared.failing.back());
        }
    }
    if (!result.base.empty() && !on_where.empty()) {
        refuse(on_where,
               fmt::format("what it stands on is for its base '{}' to say: remove this line", result.base));
    }
    if (result.base.empty() && !inherit_where.empty()) {
        refuse(inherit_where,
               "there is no base to inherit from: add a line `base = NAME`, or remove this one");
    }
    return result;
}

}  // namespace stackshift
