// SPDX-License-Identifier: MIT
#include "kernels/kernel_base.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>

#include "kernels/declaration_line.h"
#include "kernels/key_value.h"
#include "util/error.h"
#include "util/files.h"
#include "util/nearest.h"
#include "util/pattern.h"

namespace stackshift {

namespace fs = std::filesystem;

KernelBase parse_base(std::string_view text, const std::string& name) {
    static const std::vector<KnownKey> keys = {{"about"},  {"package"},         {"version"},
                                               {"suites"}, {"deviation", true}, {"at-times", true}};
    KernelBase base;
    base.name = name;
    const std::string label = "kernels/bases/" + base.name;
    for (const KeyValue& line : parse_key_values(text, label, keys)) {
        if (line.key == "about") {
            base.about = line.value;
        } else if (line.key == "package") {
            base.package = line.value;
        } else if (line.key == "version") {
            base.version = line.value;
        } else if (line.key == "suites") {
            std::istringstream words(line.value);
            for (std::string word; words >> word;) base.suites.push_back(word);
        } else {
            base.deviations.push_back(parse_deviation(line));
            base.deviations.back().at_times = line.key == "at-times";
        }
    }
    if (base.package.empty())
        throw Error(
            Exit::usage,
            fmt::format("{}: there is no line `package = NAME`, Debian's package of its source", label));
    return base;
}

bool is_base_name(const std::string& name) {
    static const Pattern valid("[0-9]+[.][0-9]+");
    return valid.matches(name);
}

std::pair<long, long> base_order(const std::string& version) {
    char* end = nullptr;
    const long major = std::strtol(version.c_str(), &end, 10);
    const long minor = *end == '.' ? std::strtol(end + 1, nullptr, 10) : 0;
    return {major, minor};
}

std::vector<KernelBase> list_bases(const fs::path& folder) {
    std::error_code error;
    fs::directory_iterator entries(folder, error);
    if (error)
        throw Error(Exit::environment,
                    fmt::format("cannot read the bases in {}: {}", folder.string(), error.message()));
    std::vector<KernelBase> bases;
    for (const auto& entry : entries) {
        const std::string name = entry.path().filename();
        if (name.starts_with('.') || name.starts_with("README")) continue;
        if (!is_base_name(name))
            throw Error(Exit::usage,
                        fmt::format("kernels/bases/{}: a base is called by two numbers, as 7.3 is", name));
        bases.push_back(parse_base(read_file(entry.path()), name));
    }
    std::sort(bases.begin(), bases.end(), [](const KernelBase& a, const KernelBase& b) {
        return base_order(a.name) < base_order(b.name);
    });
    return bases;
}

KernelBase read_base(const fs::path& folder, const std::string& name) {
    std::vector<std::string> known;
    for (KernelBase& base : list_bases(folder)) {
        if (base.name == name) return std::move(base);
        known.push_back(base.name);
    }
    throw Error(Exit::usage, unknown_name_message("base", name, known));
}

const KernelBase& nearest_base(const std::vector<KernelBase>& bases, const std::string& version) {
    const KernelBase* nearest = &bases.front();
    for (const KernelBase& base : bases)
        if (base_order(base.name) <= base_order(version)) nearest = &base;
    return *nearest;
}

std::string kernel_name(const std::string& strategy, const std::string& base) {
    return base == kDefaultBase ? strategy : fmt::format("{}@{}", strategy, base);
}

std::pair<std::string, std::string> split_kernel_name(const std::string& kernel) {
    const size_t at = kernel.rfind('@');
    if (at == std::string::npos || !is_base_name(kernel.substr(at + 1))) return {kernel, kDefaultBase};
    return {kernel.substr(0, at), kernel.substr(at + 1)};
}

}  // namespace stackshift
