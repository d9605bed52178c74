// SPDX-License-Identifier: MIT
#include "conform/support/swap_area.h"

#include <fcntl.h>
#include <sys/swap.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <string>

#include "conform/support/exec.h"
#include "conform/support/machine.h"

namespace stackshift {
namespace {

constexpr const char* kDevice = "/dev/zram0";
constexpr std::uint32_t kPages = 16384;

/// What mkswap writes: the first page of union swap_header.
bool write_signature() {
    std::string page(kPage, '\0');
    constexpr std::uint32_t kVersion = 1;
    constexpr std::uint32_t kLast = kPages - 1;
    std::memcpy(page.data() + 1024, &kVersion, sizeof kVersion);
    std::memcpy(page.data() + 1028, &kLast, sizeof kLast);
    std::memcpy(page.data() + kPage - 10, "SWAPSPACE2", 10);
    const int fd = open(kDevice, O_WRONLY | O_CLOEXEC);
    const bool ok = fd >= 0 && write(fd, page.data(), page.size()) == static_cast<ssize_t>(page.size());
    if (fd >= 0) close(fd);
    return ok;
}

}  // namespace

SwapArea::SwapArea() {
    on_ = write_text("/sys/block/zram0/disksize", std::to_string(kPages * kPage)) && write_signature() &&
          swapon(kDevice, 0) == 0;
}

bool SwapArea::turn_off() {
    if (!on_ || swapoff(kDevice) != 0) return false;
    on_ = false;
    return true;
}

SwapArea::~SwapArea() {
    turn_off();
    write_text("/sys/block/zram0/reset", "1");
}

}  // namespace stackshift
