// SPDX-License-Identifier: MIT
#include "boot/pinning.h"

#include <fmt/format.h>
#include <sched.h>

#include <charconv>
#include <filesystem>
#include <string>

#include "util/files.h"

namespace stackshift {

bool is_first_processor(std::string_view thread) {
    return thread.starts_with("CPU 0/");
}

bool pin_processor(pid_t emulator, int cpu) {
    std::error_code error;
    for (const auto& entry :
         std::filesystem::directory_iterator(fmt::format("/proc/{}/task", emulator), error)) {
        if (!is_first_processor(read_file_or(entry.path() / "comm", ""))) continue;
        const std::string number = entry.path().filename();
        pid_t thread = 0;
        std::from_chars(number.data(), number.data() + number.size(), thread);
        cpu_set_t one;
        CPU_ZERO(&one);
        CPU_SET(static_cast<size_t>(cpu), &one);
        return sched_setaffinity(thread, sizeof one, &one) == 0;
    }
    return false;
}

}  // namespace stackshift
