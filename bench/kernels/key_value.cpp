// SPDX-License-Identifier: MIT
#include "kernels/key_value.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "kernels/text.h"
#include "util/error.h"
#include "util/nearest.h"

namespace stackshift {

void refuse_line(const std::string& where, const std::string& what) {
    throw Error(Exit::usage, fmt::format("{}: {}", where, what));
}

std::vector<KeyValue> parse_key_values(std::string_view text, const std::string& file,
                                       const std::vector<KnownKey>& keys) {
    std::vector<std::string> names;
    for (const KnownKey& key : keys) names.push_back(key.name);
    std::vector<KeyValue> result;
    std::set<std::string> seen;
    int number = 0;
    for (const std::string_view untrimmed : split_lines(text)) {
        KeyValue line;
        line.where = fmt::format("{}:{}", file, ++number);
        const std::string_view whole = trim(untrimmed);
        if (whole.empty() || whole.starts_with('#')) continue;
        const size_t equals = whole.find('=');
        if (equals == std::string_view::npos) {
            refuse_line(line.where, fmt::format("'{}' is not KEY = VALUE (keys: {}; a comment begins with #)",
                                                whole, fmt::join(names, ", ")));
        }
        line.key = trim(whole.substr(0, equals));
        line.value = trim(whole.substr(equals + 1));
        const auto known =
            std::find_if(keys.begin(), keys.end(), [&](const KnownKey& key) { return key.name == line.key; });
        if (known == keys.end()) refuse_line(line.where, unknown_name_message("key", line.key, names));
        if (line.value.empty()) refuse_line(line.where, fmt::format("'{}' has no value", line.key));
        if (!seen.insert(line.key).second && !known->many)
            refuse_line(line.where, fmt::format("a second line '{}': there is to be one", line.key));
        result.push_back(std::move(line));
    }
    return result;
}

}  // namespace stackshift
