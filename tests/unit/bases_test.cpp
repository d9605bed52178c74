// SPDX-License-Identifier: MIT
// kernels/bases, what a mirror of Debian is, and why apt-get fails.
#include <gtest/gtest.h>

#include "kernels/debian_mirror.h"
#include "kernels/kernel_base.h"
#include "support/planted_files.h"

namespace stackshift {
namespace {

class Bases : public PlantedFiles {};

TEST_F(Bases, AreListedOldestFirst) {
    put("7.3",
        "about = new\npackage = linux-source-7.3\nsuites = a  b\ndeviation = args/a | x | why\n"
        "at-times = swap/b | y | chance\n");
    put("6.12", "package = linux-source-6.12\nversion = 6.12.117-1\n");
    put("7.10", "package = linux-source-7.10\n");
    put("README", "");
    const std::vector<KernelBase> bases = list_bases(dir);
    ASSERT_EQ(bases.size(), 3U);
    EXPECT_EQ(bases[0].name + " " + bases[1].name + " " + bases[2].name, "6.12 7.3 7.10") << "by number";
    EXPECT_EQ(bases[0].version, "6.12.117-1");
    EXPECT_EQ(bases[1].suites, (std::vector<std::string>{"a", "b"}));
    ASSERT_EQ(bases[1].deviations.size(), 2U);
    EXPECT_FALSE(bases[1].deviations[0].at_times);
    EXPECT_TRUE(bases[1].deviations[1].at_times);
    EXPECT_EQ(bases[1].deviations[0].where, "kernels/bases/7.3:4");
}

TEST_F(Bases, WhatIsNotUnderstoodIsRefused) {
    put("7.3", "about = new\n");
    EXPECT_EQ(error_of([&] { list_bases(dir); }),
              "2 kernels/bases/7.3: there is no line `package = NAME`, Debian's package of its source");
    put("7.3", "packages = x\n");
    EXPECT_TRUE(contains(error_of([&] { list_bases(dir); }), "kernels/bases/7.3:1: unknown key 'packages'"));
    put("7.3", "package = x\n");
    EXPECT_TRUE(
        contains(error_of([&] { read_base(dir, "7.2"); }), "2 unknown base '7.2' (did you mean '7.3'?"));
    put("v8", "package = x\n");
    EXPECT_TRUE(contains(error_of([&] { list_bases(dir); }), "kernels/bases/v8: a base is called by two"));
    EXPECT_TRUE(error_of([&] { list_bases(dir / "none"); }).starts_with("4 cannot read the bases"));
}

TEST(KernelBase, TheNearestIsTheNewestThatIsNotNewer) {
    std::vector<KernelBase> bases(3);
    bases[0].name = "6.12";
    bases[1].name = "7.3";
    bases[2].name = "7.10";
    EXPECT_EQ(nearest_base(bases, "6.1.140").name, "6.12") << "older than all: the oldest";
    EXPECT_EQ(nearest_base(bases, "6.12.117").name, "6.12");
    EXPECT_EQ(nearest_base(bases, "7.2.1").name, "6.12");
    EXPECT_EQ(nearest_base(bases, "7.3.4").name, "7.3") << "its own";
    EXPECT_EQ(nearest_base(bases, "7.9-rc1").name, "7.3");
    EXPECT_EQ(nearest_base(bases, "8.0").name, "7.10");
    EXPECT_EQ(kernel_name("direct", "6.12"), "direct");
    EXPECT_EQ(kernel_name("direct", "7.3"), "direct@7.3");
}

TEST(DebianMirror, IsDebiansOwnAndNotThatOfSecurity) {
    // As apt-get 2.6 and 3.0 print them.
    EXPECT_EQ(mirror_of("https://deb.example.com/node/|nodistro|\n"
                        "http://deb.debian.org/debian-security/|bookworm-security|Debian\n"
                        "http://mirror.example.org/debian/|bookworm|Debian\n"),
              "http://mirror.example.org/debian/");
    EXPECT_EQ(mirror_of("http://x.example.org/debian/|bookworm|\n"), "http://x.example.org/debian/")
        << "without lists, apt does not know whose it is";
    EXPECT_EQ(mirror_of("https://deb.example.com/node/|nodistro|\n"), "");
    EXPECT_EQ(mirror_of(""), "");
    // apt-get update --print-uris
    EXPECT_EQ(targets_of_update(
                  "'http://x/debian-security/dists/trixie-security/InRelease' x_debian-security_dists 0 \n"
                  "'http://x/debian/dists/trixie/main/binary-amd64/Packages.xz' x_debian_dists 0 \n"
                  "Reading package lists...\n"),
              "http://x/debian-security/|trixie-security|\nhttp://x/debian/|trixie|\n");
    EXPECT_EQ(mirror_of(targets_of_update(
                  "'http://x/debian/dists/trixie/InRelease' x_debian_dists_trixie_InRelease 0 \n")),
              "http://x/debian/");
}

TEST(DebianMirror, EachFailureIsToldApart) {
    EXPECT_EQ(
        fetch_failure("E: The repository 'http://x/debian nosuch Release' does not have a Release file.\n"),
        FetchFailure::no_such_suite);
    EXPECT_EQ(fetch_failure("Err:1 http://x/debian sid InRelease\n  Could not resolve 'x'\n"),
              FetchFailure::unreachable);
    // A mirror that is away also has no Release file, says apt.
    EXPECT_EQ(fetch_failure("  Could not connect to x:80 (127.0.0.1). - connect (111: Connection refused)\n"
                            "E: The repository 'http://x sid Release' does not have a Release file.\n"),
              FetchFailure::unreachable);
    EXPECT_EQ(
        fetch_failure("W: GPG error: http://x sid InRelease: The following signatures couldn't be verified "
                      "because the public key is not available: NO_PUBKEY 6ED0E7B82643E131\n"),
        FetchFailure::bad_signature);
    EXPECT_EQ(fetch_failure("E: Write error - write (28: No space left on device)\n"),
              FetchFailure::disk_full);
    EXPECT_EQ(fetch_failure("E: Something else\n"), FetchFailure::other);
}

TEST(DebianMirror, TheNewestSourceIsByNumber) {
    EXPECT_EQ(newest_source_package("linux-source-7.3 - Linux kernel source for version 7.3\n"
                                    "linux-source-7.10 - Linux kernel source\n"
                                    "linux-source - Linux kernel source (meta-package)\n"
                                    "linux-source-7.4-rt - x\n"),
              "linux-source-7.10");
    EXPECT_EQ(newest_source_package(""), "");
}

}  // namespace
}  // namespace stackshift
