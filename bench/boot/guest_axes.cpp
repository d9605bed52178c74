// SPDX-License-Identifier: MIT
#include "boot/guest_axes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>
#include <cstdlib>
#include <set>

#include "util/error.h"
#include "util/nearest.h"

namespace stackshift {
namespace {

bool parse_switch(const std::string& text, const std::string& value) {
    if (value != "on" && value != "off")
        throw Error(Exit::usage, fmt::format("--guest {}: a value is on or off", text));
    return value == "on";
}

int parse_cpus(const std::string& text, const std::string& value) {
    int cpus = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), cpus);
    if (error != std::errc() || end != value.data() + value.size() || cpus < 1 || cpus > kMostPossibleCpus)
        throw Error(Exit::usage,
                    fmt::format("--guest {}: a value is a number from 1 to {}", text, kMostPossibleCpus));
    return cpus;
}

/// What the configuration says of an option last.
std::string asked_value(const NamedConfig& config, const std::string& option) {
    for (const ConfigOption& asked : config.options)
        if (asked.name == option) return asked.value;
    return "n";
}

}  // namespace

GuestAxes parse_guest_axes(const std::vector<std::string>& texts) {
    GuestAxes axes;
    std::set<std::string> seen;
    for (const std::string& text : texts) {
        const auto equals = text.find('=');
        const std::string name = text.substr(0, equals);
        const std::string value = equals == std::string::npos ? "" : text.substr(equals + 1);
        if (!seen.insert(name).second)
            throw Error(Exit::usage, fmt::format("--guest {}: {} is named twice", text, name));
        if (name == "la57") {
            axes.la57 = parse_switch(text, value);
        } else if (name == "pti") {
            axes.pti = parse_switch(text, value);
        } else if (name == "possible-cpus") {
            axes.possible_cpus = parse_cpus(text, value);
        } else {
            throw Error(Exit::usage,
                        "--guest: " + unknown_name_message("axis", name, {"la57", "pti", "possible-cpus"}));
        }
    }
    return axes;
}

std::string to_string(const GuestAxes& axes) {
    std::vector<std::string> parts;
    if (axes.la57) parts.emplace_back("la57=on");
    if (axes.pti) parts.emplace_back("pti=on");
    if (axes.possible_cpus != 1) parts.push_back(fmt::format("possible-cpus={}", axes.possible_cpus));
    return fmt::format("{}", fmt::join(parts, ","));
}

void require_axes(const GuestAxes& axes, const NamedConfig& config, const std::string& name) {
    const auto refuse = [&](const std::string& axis, const std::string& option, const std::string& value) {
        throw Error(Exit::usage,
                    fmt::format("--guest {} would change nothing: kernels of configuration {} have {}={} "
                                "(--config distro has more)",
                                axis, name, option, value));
    };
    const auto require_set = [&](bool wanted, const char* axis, const char* option) {
        if (wanted && asked_value(config, option) != "y") refuse(axis, option, asked_value(config, option));
    };
    require_set(axes.la57, "la57=on", "CONFIG_X86_5LEVEL");
    require_set(axes.pti, "pti=on", "CONFIG_MITIGATION_PAGE_TABLE_ISOLATION");
    const std::string cpus = asked_value(config, "CONFIG_NR_CPUS");
    if (axes.possible_cpus > 1 && axes.possible_cpus > std::atoi(cpus.c_str()))
        refuse(fmt::format("possible-cpus={}", axes.possible_cpus), "CONFIG_NR_CPUS", cpus);
}

}  // namespace stackshift
