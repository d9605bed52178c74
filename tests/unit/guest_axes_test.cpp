// SPDX-License-Identifier: MIT
// What guests may have beyond the usual one, and that it cannot be asked for in vain.
#include "boot/guest_axes.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "boot/machine.h"
#include "util/error.h"

namespace stackshift {
namespace {

std::string error_of(const std::function<void()>& act) {
    try {
        act();
    } catch (const Error& error) {
        EXPECT_EQ(error.code, Exit::usage);
        return error.what();
    }
    return "none";
}

std::string parse_error(const std::vector<std::string>& texts) {
    return error_of([&] { parse_guest_axes(texts); });
}

TEST(GuestAxes, AreReadInAnyOrderAndWrittenInOne) {
    EXPECT_EQ(parse_guest_axes({}), GuestAxes{});
    EXPECT_EQ(to_string(GuestAxes{}), "");
    const GuestAxes axes = parse_guest_axes({"possible-cpus=64", "la57=on"});
    EXPECT_EQ(axes, (GuestAxes{true, false, 64}));
    EXPECT_EQ(to_string(axes), "la57=on,possible-cpus=64");
    EXPECT_EQ(to_string(parse_guest_axes({"pti=on", "la57=off", "possible-cpus=1"})), "pti=on");
}

TEST(GuestAxes, WhatIsWrongIsNamed) {
    EXPECT_EQ(parse_error({"la75=on"}),
              "--guest: unknown axis 'la75' (did you mean 'la57'? known: la57, pti, possible-cpus)");
    EXPECT_EQ(parse_error({"pti"}), "--guest pti: a value is on or off");
    EXPECT_EQ(parse_error({"la57=yes"}), "--guest la57=yes: a value is on or off");
    EXPECT_EQ(parse_error({"possible-cpus=0"}), "--guest possible-cpus=0: a value is a number from 1 to 255");
    EXPECT_EQ(parse_error({"possible-cpus=256"}),
              "--guest possible-cpus=256: a value is a number from 1 to 255");
    EXPECT_EQ(parse_error({"possible-cpus=8x"}),
              "--guest possible-cpus=8x: a value is a number from 1 to 255");
    EXPECT_EQ(parse_error({"pti=on", "pti=off"}), "--guest pti=off: pti is named twice");
}

TEST(GuestAxes, AreAskedForInVainOnlyWithAnError) {
    const NamedConfig bench = read_named_config(PROJECT_DIR "/kernels/config", "bench");
    const NamedConfig distro = read_named_config(PROJECT_DIR "/kernels/config", "distro");
    const auto error = [](const GuestAxes& axes, const NamedConfig& config, const char* name) {
        return error_of([&] { require_axes(axes, config, name); });
    };
    const GuestAxes all{true, true, 255};
    EXPECT_EQ(error(all, distro, "distro"), "none");
    EXPECT_EQ(error({}, bench, "bench"), "none");
    EXPECT_EQ(error({true, false, 1}, bench, "bench"),
              "--guest la57=on would change nothing: kernels of configuration bench have CONFIG_X86_5LEVEL=n "
              "(--config distro has more)");
    EXPECT_EQ(error({false, true, 1}, bench, "bench"),
              "--guest pti=on would change nothing: kernels of configuration bench have "
              "CONFIG_MITIGATION_PAGE_TABLE_ISOLATION=n (--config distro has more)");
    EXPECT_EQ(error({false, false, 8}, bench, "bench"), "none");
    EXPECT_EQ(
        error({false, false, 9}, bench, "bench"),
        "--guest possible-cpus=9 would change nothing: kernels of configuration bench have CONFIG_NR_CPUS=8 "
        "(--config distro has more)");
}

TEST(GuestAxes, AreTheMachinesOptions) {
    EmulatedMachine usual;
    EmulatedMachine other;
    other.axes = {true, true, 1};
    EXPECT_EQ(usual.cmdline().find("pti"), std::string::npos);
    EXPECT_NE(other.cmdline().find(" pti=on"), std::string::npos);
    const auto cpu = [](const EmulatedMachine& machine) {
        const std::vector<std::string> args = machine.args();
        return *(std::find(args.begin(), args.end(), "-cpu") + 1);
    };
    EXPECT_EQ(cpu(other), cpu(usual) + ",+la57");
}

}  // namespace
}  // namespace stackshift
