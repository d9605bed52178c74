// SPDX-License-Identifier: MIT
// The firmware of a counting guest: its tables by hand, as a kernel reads them.
#include "boot/firmware.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "boot/machine.h"
#include "support/temporary_directory.h"
#include "util/error.h"
#include "util/files.h"

namespace stackshift {
namespace {

constexpr size_t kSize = 0x10000;
constexpr std::uint32_t kBase = 0xf0000;

std::uint32_t word(const std::string& image, size_t place) {
    std::uint32_t value = 0;
    std::memcpy(&value, image.data() + place, sizeof(value));
    return value;
}

unsigned sum(const std::string& bytes) {
    unsigned total = 0;
    for (const char byte : bytes) total += static_cast<unsigned char>(byte);
    return total & 0xff;
}

/// The table whose address stands at `place`.
std::string table_at(const std::string& image, size_t place) {
    const size_t start = word(image, place) - kBase;
    EXPECT_LT(start, image.size() / 2);
    return image.substr(start, word(image, start + 4));
}

TEST(Firmware, HasTablesThatAKernelFinds) {
    const std::string image = with_acpi_tables(std::string(kSize, '\0'));
    ASSERT_EQ(image.size(), kSize);
    ASSERT_EQ(image.substr(0, 8), "RSD PTR ");
    EXPECT_EQ(sum(image.substr(0, 20)), 0U);
    const std::string rsdt = table_at(image, 16);
    ASSERT_EQ(rsdt.substr(0, 4), "RSDT");
    std::vector<std::string> names;
    for (size_t entry = 36; entry < rsdt.size(); entry += 4) {
        const std::string table = table_at(image, word(image, 16) - kBase + entry);
        EXPECT_EQ(sum(table), 0U) << table.substr(0, 4);
        names.push_back(table.substr(0, 4));
    }
    EXPECT_EQ(sum(rsdt), 0U);
    // Without HPET, whose emulation differs between QEMU's versions.
    EXPECT_EQ(names, (std::vector<std::string>{"FACP", "APIC"}));
    const size_t fadt = word(image, word(image, 16) - kBase + 36) - kBase;
    EXPECT_EQ(word(image, fadt + 4), 116U);
    const std::string dsdt = table_at(image, fadt + 40);
    EXPECT_EQ(dsdt.substr(0, 4), "DSDT");
    EXPECT_EQ(sum(dsdt), 0U);
    EXPECT_NE(dsdt.find("_S5_"), std::string::npos);
    EXPECT_EQ(word(image, fadt + 64), 0x604U) << "where the guest switches itself off";
    EXPECT_EQ(image.substr(word(image, fadt + 36) - kBase, 4), "FACS");
}

TEST(Firmware, CpusThatMayComeAreInTheTablesAndDisabled) {
    const std::string image = with_acpi_tables(std::string(kSize, '\0'), 255);
    const std::string madt = table_at(image, word(image, 16) - kBase + 40);
    ASSERT_EQ(madt.substr(0, 4), "APIC");
    EXPECT_EQ(sum(madt), 0U);
    int enabled = 0;
    int disabled = 0;
    // Entries of (type, length, ...) behind the header, the local APIC's place and flags.
    for (size_t entry = 44; entry < madt.size(); entry += static_cast<unsigned char>(madt[entry + 1])) {
        if (madt[entry] != 0) continue;
        EXPECT_EQ(static_cast<unsigned char>(madt[entry + 3]), enabled + disabled) << "APIC";
        ++(word(madt, entry + 4) == 1 ? enabled : disabled);
        EXPECT_TRUE(word(madt, entry + 4) == 1 || word(madt, entry + 4) == 2) << "enabled, or online capable";
    }
    EXPECT_EQ(enabled, 1);
    EXPECT_EQ(disabled, 254);
    EXPECT_EQ(image.substr(kSize / 2), std::string(kSize / 2, '\0')) << "the code's place";
}

TEST(Firmware, AMissingOrDamagedOneIsNamed) {
    const TemporaryDirectory directory;
    EXPECT_THROW(make_firmware(directory.path), Error);
    write_file_atomically(directory.path / "firmware", std::string(kSize - 1, '\0'));
    EXPECT_THROW(make_firmware(directory.path), Error);
    write_file_atomically(directory.path / "firmware", std::string(kSize, '\0'));
    EXPECT_EQ(make_firmware(directory.path), with_acpi_tables(std::string(kSize, '\0')));
}

TEST(Firmware, TheBuiltOneLeavesTheTablesTheirPlaceAndStartsAtTheResetVector) {
    const std::string code = read_file(BUILD_DIR "/guest/firmware");
    ASSERT_EQ(code.size(), kSize);
    EXPECT_EQ(code.find_first_not_of('\0'), kSize / 2);
    // jmp rel16 to 0x8000
    EXPECT_EQ(code.substr(0xfff0, 3), std::string("\xe9\x0d\x80"));
}

TEST(Machine, ACountingOneIsTheSameInEveryVersionOfTheEmulator) {
    std::string text;
    for (const std::string& argument : EmulatedMachine{}.args()) text += argument + ' ';
    for (const char* part : {"-machine pc-i440fx-7.2,hpet=off ", "-cpu EPYC-v1,-erms,-rdseed,"})
        EXPECT_NE(text.find(part), std::string::npos) << text;
    for (const char* part : {"max", "host"}) EXPECT_EQ(text.find(part), std::string::npos) << text;
}

}  // namespace
}  // namespace stackshift
