// SPDX-License-Identifier: MIT
#include "kernels/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "kernels/text.h"
#include "util/error.h"
#include "util/files.h"
#include "util/nearest.h"
#include "util/pattern.h"

namespace stackshift {
namespace {

/// False where the line is not about an option.
bool parse_option(std::string_view line, std::string& name, std::string& value) {
    constexpr std::string_view kUnset = " is not set";
    if (line.starts_with("# CONFIG_") && line.ends_with(kUnset)) {
        name = line.substr(2, line.size() - 2 - kUnset.size());
        value = "n";
        return name.find(' ') == std::string::npos;
    }
    const auto equals = line.find('=');
    if (!line.starts_with("CONFIG_") || equals == std::string_view::npos) return false;
    name = line.substr(0, equals);
    value = line.substr(equals + 1);
    static const Pattern valid_name("CONFIG_[A-Za-z0-9_]+");
    return valid_name.matches(name) && !value.empty();
}

constexpr std::string_view kOr = "# or ";

/// Adds the alternative that a line "# or ..." names. False where it names none.
bool add_alternative(std::string_view line, ConfigOption& option) {
    std::string_view what = line.substr(kOr.size());
    what = trim(what.substr(0, what.find(" (")));
    if (option.optional) return false;
    if (what == "nothing") {
        option.optional = true;
        return true;
    }
    ConfigSetting other;
    if (!parse_option(what, other.name, other.value)) return false;
    option.otherwise.push_back(std::move(other));
    return true;
}

std::string text_of(const ConfigSetting& setting) {
    return setting.value == "n" ? fmt::format("# {} is not set", setting.name)
                                : fmt::format("{}={}", setting.name, setting.value);
}

std::map<std::string, std::string> parse_dot_config(std::string_view text) {
    std::map<std::string, std::string> values;
    std::string name;
    std::string value;
    for (const std::string_view line : split_lines(text)) {
        if (parse_option(line, name, value)) values[name] = value;
    }
    return values;
}

/// What `# base: NAME` in the opening comment says, or empty.
std::string base_of(std::string_view text) {
    for (const std::string_view line : split_lines(text)) {
        if (!line.starts_with('#')) break;
        const std::string_view comment = trim(line.substr(1));
        if (comment.starts_with("base:")) return std::string(trim(comment.substr(5)));
    }
    return {};
}

std::vector<std::string> config_names(const std::filesystem::path& configs) {
    std::vector<std::string> names;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(configs, error)) {
        if (entry.path().extension() == ".config") names.push_back(entry.path().stem());
    }
    std::sort(names.begin(), names.end());
    return names;
}

void add_named_config(const std::filesystem::path& configs, const std::string& name,
                      std::vector<std::string>& above, NamedConfig& result) {
    const std::vector<std::string> known = config_names(configs);
    if (std::find(known.begin(), known.end(), name) == known.end()) {
        const std::string asked_by =
            above.empty() ? "" : fmt::format("kernels/config/{}.config stands on an ", above.back());
        throw Error(Exit::usage, asked_by + unknown_name_message("configuration", name, known));
    }
    if (std::find(above.begin(), above.end(), name) != above.end()) {
        throw Error(Exit::usage, fmt::format("kernels/config/{}.config is its own base", name));
    }
    const std::string text = read_file(configs / (name + ".config"));
    const std::string base = base_of(text);
    above.push_back(name);
    if (!base.empty()) add_named_config(configs, base, above, result);
    result.text += text;
    result.options =
        merge_configs(result.options, parse_config(text, fmt::format("kernels/config/{}.config", name)));
}

}  // namespace

std::vector<ConfigOption> parse_config(std::string_view text, const std::string& origin) {
    std::vector<ConfigOption> options;
    size_t number = 0;
    bool behind_option = false;
    for (const std::string_view untrimmed : split_lines(text)) {
        ++number;
        const std::string_view line = trim(untrimmed);
        ConfigOption option;
        if (parse_option(line, option.name, option.value)) {
            option.origin = origin;
            options.push_back(std::move(option));
            behind_option = true;
        } else if (line.starts_with(kOr) && behind_option) {
            if (add_alternative(line, options.back())) continue;
            throw Error(
                Exit::usage,
                fmt::format("{}:{}: write `# or CONFIG_NAME=VALUE (why)` or, last, `# or nothing (why)`: {}",
                            origin, number, line));
        } else if (!line.empty() && !line.starts_with('#')) {
            throw Error(Exit::usage,
                        fmt::format("{}:{}: not a configuration line: {}", origin, number, line));
        } else {
            behind_option = false;
        }
    }
    return options;
}

NamedConfig read_named_config(const std::filesystem::path& configs, const std::string& name) {
    NamedConfig result;
    std::vector<std::string> above;
    add_named_config(configs, name, above, result);
    return result;
}

std::vector<ConfigOption> merge_configs(const std::vector<ConfigOption>& base,
                                        const std::vector<ConfigOption>& over) {
    std::vector<ConfigOption> merged;
    std::map<std::string, size_t> places;
    for (const auto* list : {&base, &over}) {
        for (const ConfigOption& option : *list) {
            const auto [place, is_new] = places.emplace(option.name, merged.size());
            if (is_new) {
                merged.push_back(option);
            } else {
                merged[place->second] = option;
            }
        }
    }
    return merged;
}

std::string render_config(const std::vector<ConfigOption>& options) {
    std::string text;
    for (const ConfigOption& option : options) text += text_of(option) + "\n";
    return text;
}

ConfigChoice::ConfigChoice(std::vector<ConfigOption> options)
    : options_(std::move(options)), chosen_(options_.size(), 0) {}

const ConfigSetting* ConfigChoice::choice(size_t option) const {
    const size_t chosen = chosen_[option];
    if (chosen == 0) return &options_[option];
    const std::vector<ConfigSetting>& otherwise = options_[option].otherwise;
    return chosen > otherwise.size() ? nullptr : &otherwise[chosen - 1];
}

std::vector<ConfigOption> ConfigChoice::asked() const {
    std::vector<ConfigOption> asked;
    for (size_t i = 0; i < options_.size(); ++i) {
        if (const ConfigSetting* setting = choice(i))
            asked.push_back({*setting, options_[i].origin, {}, false});
    }
    return asked;
}

bool ConfigChoice::advance(std::string_view dot_config) {
    const std::map<std::string, std::string> values = parse_dot_config(dot_config);
    bool advanced = false;
    for (size_t i = 0; i < options_.size(); ++i) {
        const ConfigSetting* setting = choice(i);
        if (setting == nullptr) continue;
        const auto found = values.find(setting->name);
        if ((found == values.end() ? "n" : found->second) == setting->value) continue;
        const size_t last = options_[i].otherwise.size() + (options_[i].optional ? 1 : 0);
        if (chosen_[i] == last) continue;
        ++chosen_[i];
        advanced = true;
    }
    return advanced;
}

std::vector<ConfigIntent> ConfigChoice::intents() const {
    std::vector<ConfigIntent> intents;
    for (size_t i = 0; i < options_.size(); ++i) {
        if (options_[i].otherwise.empty() && !options_[i].optional) continue;
        const ConfigSetting* setting = choice(i);
        intents.push_back({text_of(options_[i]), setting == nullptr ? "nothing" : text_of(*setting)});
    }
    return intents;
}

std::vector<std::string> dropped_options(const std::vector<ConfigOption>& wanted,
                                         std::string_view dot_config) {
    const std::map<std::string, std::string> values = parse_dot_config(dot_config);
    std::vector<std::string> dropped;
    for (const ConfigOption& option : wanted) {
        const auto found = values.find(option.name);
        const std::string value = found == values.end() ? "n" : found->second;
        if (value == option.value) continue;
        dropped.push_back(fmt::format("{}={} (asked by {}) {}", option.name, option.value, option.origin,
                                      value == "n" ? "is not set" : fmt::format("became {}", value)));
    }
    return dropped;
}

std::string config_value(std::string_view dot_config, const std::string& name) {
    const std::map<std::string, std::string> values = parse_dot_config(dot_config);
    const auto found = values.find(name);
    return found == values.end() ? "n" : found->second;
}

}  // namespace stackshift
