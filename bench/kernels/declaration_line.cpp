// SPDX-License-Identifier: MIT
#include "kernels/declaration_line.h"

#include <fmt/format.h>

#include <algorithm>

#include "guest/groups.h"
#include "kernels/text.h"
#include "matrix/plan.h"
#include "util/nearest.h"

namespace stackshift {
namespace {

// With blanks: a regular expression may hold a bar without them.
constexpr std::string_view kBar = " | ";

Pattern pattern(const std::string& text, const std::string& where) {
    try {
        return Pattern(text);
    } catch (const BadPattern& error) {
        refuse_line(where, fmt::format("'{}' is not a regular expression: {}", text, error.what()));
    }
}

Declaration parse_declaration(const KeyValue& line, const std::string& names_are) {
    const std::string_view text = line.value;
    Declaration declaration;
    declaration.where = line.where;
    const size_t first = text.find(kBar);
    const size_t second = first == std::string_view::npos ? first : text.find(kBar, first + kBar.size());
    if (second != std::string_view::npos) {
        declaration.names = trim(text.substr(0, first));
        declaration.seen = trim(text.substr(first + kBar.size(), second - first - kBar.size()));
        declaration.reason = trim(text.substr(second + kBar.size()));
    }
    if (declaration.names.empty() || declaration.seen.empty() || declaration.reason.empty()) {
        refuse_line(line.where,
                    fmt::format("write {0} = {1} | SEEN | REASON: a regular expression of whole names, one "
                                "that is found in what is seen there, and why, with blanks around each bar",
                                line.key, names_are));
    }
    declaration.names_pattern = pattern(declaration.names, line.where);
    declaration.seen_pattern = pattern(declaration.seen, line.where);
    return declaration;
}

/// Tests are found out only by running all of them; what can be told before is told before.
void require_possible_test(const Declaration& deviation) {
    const size_t slash = deviation.names.find('/');
    if (slash == std::string::npos) {
        if (deviation.names.find('.') != std::string::npos) return;
        refuse_line(deviation.where, fmt::format("'{}' matches no test: a test's name is GROUP/TEST, as "
                                                 "`./run.sh check` shows it",
                                                 deviation.names));
    }
    const std::string group = deviation.names.substr(0, slash);
    const bool plain = std::all_of(group.begin(), group.end(), [](char c) { return c >= 'a' && c <= 'z'; });
    if (!plain || parse_group(group)) return;
    std::vector<std::string> known;
    for (const GroupInfo& info : kGroups) known.emplace_back(info.name);
    refuse_line(deviation.where, unknown_name_message("group of tests", group, known));
}

void require_possible_cell(const Declaration& failing) {
    for (const Cell& cell : all_cells()) {
        if (failing.is_of(cell.name())) return;
    }
    refuse_line(failing.where, fmt::format("'{}' matches no cell's whole name, of those that `./run.sh list "
                                           "--profile full` shows",
                                           failing.names));
}

}  // namespace

Declaration parse_deviation(const KeyValue& line) {
    Declaration deviation = parse_declaration(line, "TESTS");
    require_possible_test(deviation);
    return deviation;
}

Declaration parse_failing(const KeyValue& line) {
    Declaration failing = parse_declaration(line, "CELLS");
    require_possible_cell(failing);
    return failing;
}

}  // namespace stackshift
