// SPDX-License-Identifier: MIT
// Whether guests can run on this machine's own processor.
#pragma once

#include <filesystem>
#include <string>

#include "boot/verdict.h"

namespace stackshift {

/// What is wrong with the device, in words, with what helps; empty where it can be opened. That it can says
/// little: whether a guest runs is found out by booting one.
std::string kvm_device_problem(const std::filesystem::path& device = "/dev/kvm");

/// What is wrong where a first boot under KVM, of at most `limit` seconds, did not end well; empty where it
/// did. Pure.
std::string kvm_boot_problem(const BootVerdict& verdict, const BootEvidence& evidence);

/// The message for who asked for times: what is wrong, and what this machine can do all the same.
std::string no_kvm_message(const std::string& problem);

}  // namespace stackshift
