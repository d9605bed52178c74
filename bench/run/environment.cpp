// SPDX-License-Identifier: MIT
#include "run/environment.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "util/files.h"

namespace stackshift {
namespace {

std::string first_line(std::string text) {
    text.resize(std::min(text.find('\n'), text.size()));
    return text;
}

/// A value of /proc/cpuinfo's first processor, empty where it has none.
std::string cpuinfo(const std::string& key) {
    std::istringstream lines(read_file_or("/proc/cpuinfo", ""));
    for (std::string line; std::getline(lines, line);) {
        if (!line.starts_with(key)) continue;
        const size_t colon = line.find(": ");
        return colon == std::string::npos ? "" : line.substr(colon + 2);
    }
    return {};
}

/// The choice that stands in brackets: "always [madvise] never" gives "madvise".
std::string chosen(const std::string& text) {
    const size_t open = text.find('[');
    const size_t close = text.find(']', open);
    return open == std::string::npos || close == std::string::npos ? first_line(text)
                                                                   : text.substr(open + 1, close - open - 1);
}

std::string kernel_release() {
    utsname names = {};
    uname(&names);
    return std::string(names.release) + " " + names.version;
}

nlohmann::ordered_json mitigations() {
    nlohmann::ordered_json list = nlohmann::ordered_json::object();
    std::error_code error;
    std::vector<std::filesystem::path> files;
    for (const auto& entry :
         std::filesystem::directory_iterator("/sys/devices/system/cpu/vulnerabilities", error)) {
        files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    for (const auto& file : files) list[file.filename()] = first_line(read_file_or(file, "unreadable"));
    return list;
}

}  // namespace

nlohmann::ordered_json exact_environment(const std::string& emulator) {
    return {{"accel", "tcg"},
            {"emulator", emulator},
            {"cpu", cpuinfo("model name")},
            {"host_kernel", kernel_release()},
            {"compiler", "gcc " __VERSION__}};
}

nlohmann::ordered_json host_environment() {
    const std::string flags = " " + cpuinfo("flags") + " ";
    const std::string unknown = "unavailable";
    return {{"accel", "host"},
            {"cpu", cpuinfo("model name")},
            {"host_kernel", kernel_release()},
            {"virtualised", flags.find(" hypervisor ") != std::string::npos},
            {"cpus", sysconf(_SC_NPROCESSORS_ONLN)},
            {"constant_tsc", flags.find(" constant_tsc ") != std::string::npos},
            {"pcid", flags.find(" pcid ") != std::string::npos},
            {"kernel_cmdline", first_line(read_file_or("/proc/cmdline", unknown))},
            {"mitigations", mitigations()},
            {"aslr_sysctl", first_line(read_file_or("/proc/sys/kernel/randomize_va_space", unknown))},
            {"thp", chosen(read_file_or("/sys/kernel/mm/transparent_hugepage/enabled", unknown))},
            {"governor",
             first_line(read_file_or("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", unknown))},
            {"load_average", first_line(read_file_or("/proc/loadavg", unknown))},
            {"compiler", "gcc " __VERSION__}};
}

}  // namespace stackshift
