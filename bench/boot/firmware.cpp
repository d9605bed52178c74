// SPDX-License-Identifier: MIT
#include "boot/firmware.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "util/error.h"
#include "util/files.h"

namespace stackshift {
namespace {

// Where the PC shows the firmware's last 64 KiB below 1 MiB; the kernel looks for the RSDP there.
constexpr std::uint32_t kBase = 0xf0000;
constexpr size_t kSize = 0x10000;

// Where firmware.S puts the PIIX4's registers, and where the PC has the others.
constexpr std::uint32_t kPmEvents = 0x600;
constexpr std::uint32_t kPmControl = 0x604;
constexpr std::uint32_t kLocalApic = 0xfee00000;
constexpr std::uint32_t kIoApic = 0xfec00000;

/// Bytes in the order in which the specification lists its fields, little-endian.
class Bytes {
  public:
    Bytes& u8(std::uint32_t value) { return number(value, 1); }
    Bytes& u16(std::uint32_t value) { return number(value, 2); }
    Bytes& u32(std::uint32_t value) { return number(value, 4); }
    Bytes& zeros(size_t count) {
        bytes_.append(count, '\0');
        return *this;
    }
    Bytes& text(std::string_view text) {
        bytes_ += text;
        return *this;
    }
    const std::string& str() const { return bytes_; }

  private:
    Bytes& number(std::uint32_t value, int size) {
        for (int i = 0; i < size; ++i) bytes_ += static_cast<char>(value >> (8 * i) & 0xff);
        return *this;
    }
    std::string bytes_;
};

/// All bytes of a table add up to 0: sets the one at `place`.
void set_checksum(std::string& table, size_t place) {
    std::uint32_t sum = 0;
    for (const char byte : table) sum += static_cast<unsigned char>(byte);
    table[place] = static_cast<char>((0U - sum) & 0xff);
}

/// A table of the given body behind the header that all have (ACPI 1.0, 5.2.3).
std::string table(std::string_view signature, const std::string& body, std::uint32_t revision = 1) {
    constexpr std::uint32_t kHeaderSize = 36;
    constexpr size_t kChecksum = 9;
    std::string bytes = Bytes()
                            .text(signature)
                            .u32(kHeaderSize + static_cast<std::uint32_t>(body.size()))
                            .u8(revision)
                            .u8(0)  // checksum
                            .text("STACKS")
                            .text("HIFT    ")
                            .u32(1)
                            .text("SHFT")
                            .u32(1)
                            .text(body)
                            .str();
    set_checksum(bytes, kChecksum);
    return bytes;
}

/// Name (_S5_, Package (4) {0, 0, 0, 0}): "off" is sleep type 0 of the PIIX4.
std::string dsdt() {
    return table("DSDT", Bytes().u8(0x08).text("_S5_").u8(0x12).u8(6).u8(4).zeros(4).str());
}

/// `newer`: as of ACPI 6.3, where processors have a flag that they may come. Of older tables Linux takes what
/// is disabled for absent, except under a hypervisor that it knows.
std::string fadt(std::uint32_t facs, std::uint32_t dsdt, bool newer) {
    const std::string old = Bytes()
                                .u32(facs)
                                .u32(dsdt)
                                .u8(0)   // model
                                .u8(0)   // reserved
                                .u16(9)  // the interrupt of ACPI events
                                .u32(0)  // no command port: ACPI is always on
                                .zeros(4)
                                .u32(kPmEvents)
                                .u32(0)
                                .u32(kPmControl)
                                .u32(0)
                                .u32(0)
                                .u32(0)  // no PM timer: the clock is the TSC
                                .u32(0)
                                .u32(0)
                                .u8(4)  // bytes of the event registers
                                .u8(2)  // bytes of the control register
                                .zeros(6)
                                .u16(0xfff)  // no C2
                                .u16(0xfff)  // no C3
                                .zeros(8)
                                .u8(0)  // no century in the CMOS clock
                                .zeros(3)
                                .u32(0x35)  // WBINVD, C1, no buttons
                                .str();
    if (!newer) return table("FACP", old);
    constexpr std::uint32_t kMajor = 6;
    constexpr std::uint32_t kMinor = 3;
    return table("FACP", Bytes().text(old).zeros(15).u8(kMinor).zeros(144).str(), kMajor);
}

/// The CPUs (ACPI 1.0, 5.2.8.1: processor, APIC, whether it is enabled), of which the first is there; a
/// kernel takes the others for CPUs that may come. One I/O APIC with the PC's usual exceptions: IRQ 0 at pin
/// 2, ACPI's and PCI's by level.
std::string madt(int possible_cpus) {
    constexpr std::uint32_t kActiveHighLevel = 0x0d;
    constexpr std::uint32_t kAllCpus = 0xff;
    constexpr std::uint32_t kEnabled = 1;
    constexpr std::uint32_t kMayCome = 2;  // "online capable" (ACPI 6.3, 5.2.12.2)
    Bytes body;
    body.u32(kLocalApic).u32(1);
    for (std::uint32_t cpu = 0; cpu < static_cast<std::uint32_t>(possible_cpus); ++cpu)
        body.u8(0).u8(8).u8(cpu).u8(cpu).u32(cpu == 0 ? kEnabled : kMayCome);
    body.u8(1).u8(12).u8(0).u8(0).u32(kIoApic).u32(0);
    body.u8(2).u8(10).u8(0).u8(0).u32(2).u16(0);
    for (const std::uint32_t irq : {5U, 9U, 10U, 11U})
        body.u8(2).u8(10).u8(0).u8(irq).u32(irq).u16(kActiveHighLevel);
    body.u8(4).u8(6).u8(kAllCpus).u16(0).u8(1);
    return table("APIC", body.str());
}

std::string rsdp(std::uint32_t rsdt) {
    constexpr size_t kChecksum = 8;
    std::string bytes = Bytes().text("RSD PTR ").u8(0).text("STACKS").u8(0).u32(rsdt).str();
    set_checksum(bytes, kChecksum);
    return bytes;
}

}  // namespace

std::string with_acpi_tables(std::string code, int possible_cpus) {
    // The FACS wants a boundary of 64 bytes; the others get it too. The RSDP comes first: firmware.S hands
    // its place to the kernel.
    constexpr size_t kAlignment = 64;
    size_t end = kAlignment;
    const auto put = [&](const std::string& bytes) {
        const size_t place = (end + kAlignment - 1) / kAlignment * kAlignment;
        std::copy(bytes.begin(), bytes.end(), code.begin() + static_cast<std::ptrdiff_t>(place));
        end = place + bytes.size();
        return kBase + static_cast<std::uint32_t>(place);
    };
    const std::uint32_t facs_place = put(Bytes().text("FACS").u32(64).zeros(56).str());
    const std::uint32_t dsdt_place = put(dsdt());
    const std::uint32_t fadt_place = put(fadt(facs_place, dsdt_place, possible_cpus > 1));
    const std::uint32_t madt_place = put(madt(possible_cpus));
    const std::string head = rsdp(put(table("RSDT", Bytes().u32(fadt_place).u32(madt_place).str())));
    std::copy(head.begin(), head.end(), code.begin());
    return code;
}

std::string make_firmware(const std::filesystem::path& directory, int possible_cpus) {
    const std::filesystem::path path = directory / "firmware";
    if (!std::filesystem::exists(path)) {
        throw Error(Exit::environment,
                    fmt::format("guest program missing: {} (build it: ./run.sh list)", path.string()));
    }
    std::string code = read_file(path);
    if (code.size() != kSize) {
        throw Error(Exit::environment,
                    fmt::format("{} has {} bytes instead of {}: damaged, or linked wrongly", path.string(),
                                code.size(), kSize));
    }
    return with_acpi_tables(std::move(code), possible_cpus);
}

}  // namespace stackshift
