// SPDX-License-Identifier: MIT
#include "boot/kvm.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace stackshift {

std::string kvm_device_problem(const std::filesystem::path& device) {
    const int fd = open(device.c_str(), O_RDWR | O_CLOEXEC);
    if (fd >= 0) {
        close(fd);
        return "";
    }
    switch (errno) {
        case ENOENT:
            return fmt::format(
                "there is no {} (virtualisation is off in the firmware or not passed on to this guest, or "
                "the "
                "module is not loaded: sudo modprobe kvm_intel, or kvm_amd)",
                device.string());
        case EACCES:
        case EPERM:
            return fmt::format(
                "{} may not be opened (who may is of the group kvm: sudo usermod -aG kvm $USER, and "
                "log in again)",
                device.string());
        default:
            return fmt::format("{} cannot be opened: {}", device.string(), std::strerror(errno));
    }
}

std::string kvm_boot_problem(const BootVerdict& verdict, const BootEvidence& evidence) {
    if (verdict.end == BootEnd::ok) return "";
    if (evidence.time_out == TimeOut::wall) {
        const char* what =
            evidence.console.empty() ? "it printed nothing" : "it got as far as its console log says";
        return fmt::format(
            "a guest hung: it did not end within {:.0f} s and was stopped ({}; console log: {})",
            evidence.wall_limit, what, evidence.console_path);
    }
    return fmt::format("a guest did not boot: {}", verdict.message);
}

std::string no_kvm_message(const std::string& problem) {
    return fmt::format(
        "KVM does not work here: {}. Nothing was timed.\n"
        "Without it: `lab` (--instrument exact) counts instructions, TLB flushes and page faults of the same "
        "cells, "
        "the same on every machine; `host` times the kernel that runs here",
        problem);
}

}  // namespace stackshift
