// SPDX-License-Identifier: MIT
// One boot as plain data, and who carries it out.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "boot/machine.h"

namespace stackshift {

/// One boot: a kernel under one seed, on one machine. Plain data, so that another machine can carry it out.
struct BootSpec {
    std::string name;             ///< "relocate-seed1": its files' name
    std::filesystem::path image;  ///< bzImage
    std::string image_sha256;
    std::uint64_t seed = 0;
    EmulatedMachine machine;
    std::string cmdline;
    std::filesystem::path initrd;
    std::filesystem::path firmware;   ///< empty: the emulator's own
    std::filesystem::path directory;  ///< where console and report go
    /// Seconds of processor time that the emulator may take: a busy machine makes a boot slow, and fails it
    /// only where nothing moves any more.
    double time_limit = 0;
    /// Seconds that it may take by the wall's clock; 0: any. For what ends soon or never.
    double wall_limit = 0;
    /// The CPU that runs the guest's only processor; -1: any. The emulator's other threads stay where this
    /// process may run.
    int cpu = -1;
};

/// Why a boot was ended from outside.
enum class TimeOut {
    none,
    processor,  ///< it took more processor time than it may
    stalled,    ///< it took none for kStallSeconds
    wall,       ///< it took longer than it may
};

/// An emulator that took less than a hundredth of this in processor time, in so many seconds, stands still.
inline constexpr double kStallSeconds = 300;

/// What a boot left behind.
struct BootEvidence {
    std::string report;  ///< what came out of the second serial port
    std::string console;
    std::string emulator_errors;  ///< QEMU's own standard error
    std::string console_path;     ///< for messages
    TimeOut time_out = TimeOut::none;
    double time_limit = 0;
    double wall_limit = 0;
    bool pinned = false;          ///< the guest's processor was put on the CPU that was asked for
    bool emulator_ok = true;      ///< QEMU ended with exit code 0
    std::string emulator_status;  ///< "exit code 1"
    bool disk_full = false;
    double seconds = 0;             ///< wall time
    double first_line_seconds = 0;  ///< until the guest's first line on the report port; 0: never seen
    double max_rss_mib = 0;
};

/// Called as a boot ends.
using BootFinished = std::function<void(size_t index, const BootEvidence& evidence)>;
/// Called a few times per second with what each boot that runs has reported so far (empty for the others).
using BootTick = std::function<void(const std::vector<std::string>& reports)>;

/// Carries boots out.
class Runner {
  public:
    virtual ~Runner() = default;
    /// Boots all of them, begun in order. Throws on an interrupt (no emulator is left).
    virtual void run(const std::vector<BootSpec>& specs, const BootFinished& finished,
                     const BootTick& tick) = 0;
};

/// Processes of this machine, up to `jobs` side by side.
class LocalRunner : public Runner {
  public:
    explicit LocalRunner(int jobs) : jobs_(jobs) {}
    void run(const std::vector<BootSpec>& specs, const BootFinished& finished, const BootTick& tick) override;

  private:
    int jobs_;
};

}  // namespace stackshift
