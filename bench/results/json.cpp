// SPDX-License-Identifier: MIT
#include "results/json.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "util/files.h"

namespace stackshift {
namespace {

using nlohmann::ordered_json;

std::string scalar(const ordered_json& value) {
    return value.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

void write_value(std::string& out, const ordered_json& value, std::size_t depth) {
    const bool object = value.is_object();
    if ((!object && !value.is_array()) || value.empty()) {
        out += scalar(value);
        return;
    }
    const bool numbers = !object && std::all_of(value.begin(), value.end(),
                                                [](const ordered_json& item) { return item.is_number(); });
    const std::string line = numbers ? "" : '\n' + std::string(2 * (depth + 1), ' ');
    out += object ? '{' : '[';
    bool first = true;
    for (const auto& [key, member] : value.items()) {
        if (!first) out += numbers ? ", " : ",";
        first = false;
        out += line;
        if (object) out += scalar(key) + ": ";
        write_value(out, member, depth + 1);
    }
    if (!numbers) out += '\n' + std::string(2 * depth, ' ');
    out += object ? '}' : ']';
}

}  // namespace

std::string pretty_json(const ordered_json& value) {
    std::string text;
    write_value(text, value, 0);
    text += '\n';
    return text;
}

ordered_json json_number(double value) {
    // Above 2^53 not every integer is a double, and -0.0 is no integer.
    constexpr double kExact = 9007199254740992.0;
    if (std::abs(value) < kExact && value == std::trunc(value) && !(value == 0 && std::signbit(value))) {
        return static_cast<std::int64_t>(value);
    }
    return value;
}

std::string samples_text(const std::vector<double>& samples) {
    ordered_json array = ordered_json::array();
    for (const double sample : samples) array.push_back(json_number(sample));
    std::string text;
    write_value(text, array, 0);
    return text;
}

std::string samples_digest(const std::vector<double>& samples) {
    return sha256(samples_text(samples));
}

}  // namespace stackshift
