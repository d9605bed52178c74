// SPDX-License-Identifier: MIT
#include "util/nearest.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>

namespace stackshift {

size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), size_t{0});
    for (size_t i = 0; i < a.size(); ++i) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < b.size(); ++j) {
            const size_t substituted = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({row[j] + 1, row[j + 1] + 1, substituted});
        }
    }
    return row.back();
}

std::string nearest_name(std::string_view typed, const std::vector<std::string>& names) {
    std::string best;
    size_t best_distance = typed.size() / 2 + 2;
    for (const std::string& name : names) {
        const size_t distance = edit_distance(typed, name);
        if (distance < best_distance) {
            best_distance = distance;
            best = name;
        }
    }
    return best;
}

std::string unknown_name_message(std::string_view kind, std::string_view typed,
                                 const std::vector<std::string>& names) {
    const std::string nearest = nearest_name(typed, names);
    const std::string hint = nearest.empty() ? "" : fmt::format("did you mean '{}'? ", nearest);
    return fmt::format("unknown {} '{}' ({}known: {})", kind, typed, hint, fmt::join(names, ", "));
}

}  // namespace stackshift
