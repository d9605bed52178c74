// SPDX-License-Identifier: MIT
#include "host/running_kernel.h"

#include <sys/utsname.h>

#include "kernels/kernel_base.h"
#include "kernels/package.h"
#include "kernels/strategies.h"
#include "kernels/text.h"
#include "util/pattern.h"
#include "util/read_text.h"

namespace stackshift {
namespace {

/// "6.12.117" of "6.12.117-stackshift-direct"; all of a release that does not begin so.
std::string version_of(const std::string& release) {
    static const Pattern version(R"(^\d+\.\d+(\.\d+)?(-rc\d+)?)");
    const std::vector<std::string> groups = version.groups(release);
    return groups.empty() ? release : groups[0];
}

/// Of "strategy NAME", filled up with blanks (kernels/name_field.h); empty where there is none. An image that
/// nobody wrote a name into has its placeholder there, which is no strategy's name.
std::string named_by_phases(std::string_view exec_phases) {
    constexpr std::string_view kKey = "strategy ";
    if (!exec_phases.starts_with(kKey)) return "";
    exec_phases.remove_prefix(kKey.size());
    const std::string name(trim(exec_phases.substr(0, exec_phases.find('\n'))));
    return is_strategy_name(split_kernel_name(name).first) ? name : "";
}

std::string named_by_release(const std::string& release) {
    const size_t at = release.find(kPackagedRelease);
    if (at == std::string::npos) return "";
    const std::string name = release.substr(at + kPackagedRelease.size());
    return is_strategy_name(name) ? name : "";
}

}  // namespace

KernelInfo recognised_kernel(std::string_view exec_phases, const std::string& release) {
    KernelInfo info;
    info.strategy = named_by_phases(exec_phases);
    if (info.strategy.empty()) info.strategy = named_by_release(release);
    const bool known = !info.strategy.empty();
    if (!known) info.strategy = kRunning;
    info.base = known ? version_of(release) : release;
    info.config = "unknown";
    info.compiler = "unknown";
    return info;
}

KernelInfo running_kernel() {
    utsname names = {};
    uname(&names);
    return recognised_kernel(read_text("/proc/self/exec_phases"), names.release);
}

}  // namespace stackshift
