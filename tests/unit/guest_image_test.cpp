// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "boot/initramfs.h"
#include "util/files.h"
#include "util/process.h"

namespace stackshift {
namespace {

TEST(GuestImage, ArchiveByHand) {
    CpioArchive archive;
    archive.add_file("a", "xy", true);
    const std::string bytes = archive.finish();
    // Header fields of buffer-format.rst: inode 1, mode 0100755, 1 link, size 2, name size 2.
    EXPECT_EQ(bytes.substr(0, 110),
              "07070100000001000081ed000000000000000000000001000000000000000200000000000000000000000000000000"
              "00000002"
              "00000000");
    EXPECT_EQ(bytes.substr(110, 6), std::string("a\0xy\0\0", 6));
    EXPECT_EQ(bytes.size() % 512, 0U);
    EXPECT_NE(bytes.find("TRAILER!!!"), std::string::npos);
}

TEST(GuestImage, IsReproducibleAndNamesNoPlace) {
    const std::string image = make_guest_image(GUEST_DIR);
    EXPECT_EQ(sha256(image), sha256(make_guest_image(GUEST_DIR)));
    EXPECT_EQ(image.find(PROJECT_DIR), std::string::npos);
}

TEST(Sha256, KnownAnswer) {
    // FIPS 180-2, appendix B.1.
    EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace stackshift
