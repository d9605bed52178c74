// SPDX-License-Identifier: MIT
// A boot of the lab, judged by its report.
#pragma once

#include <string>

#include "boot/verdict.h"
#include "guest/report.h"

namespace stackshift {

/// A boot of the lab, judged.
struct BootOutcome {
    BootEnd end = BootEnd::emulator;
    std::string message;  ///< empty where ok
    GuestReport report;
    std::string report_text;
    double seconds = 0;             ///< wall time
    double first_cell_seconds = 0;  ///< until the guest was ready for its first cell; 0 where never seen
    double max_rss_mib = 0;
};

/// Reads the lab's report and judges the boot. Pure.
BootOutcome judge_lab_boot(const BootEvidence& evidence, const std::string& expected_version,
                           const std::string& expected_strategy);

}  // namespace stackshift
