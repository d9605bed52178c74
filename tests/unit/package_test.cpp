// SPDX-License-Identifier: MIT
#include "kernels/package.h"

#include <gtest/gtest.h>

#include "support/temporary_directory.h"
#include "util/error.h"
#include "util/files.h"

namespace stackshift {
namespace {

TEST(Package, TheMachinesOwnConfigurationOrTheNamedOne) {
    const TemporaryDirectory boot;
    const std::filesystem::path own = boot.path / "config-6.1.0-28-amd64";
    write_file_atomically(own, "CONFIG_SMP=y\n");
    EXPECT_EQ(machine_config("", "6.1.0-28-amd64", boot.path), own);
    EXPECT_EQ(machine_config("mine", "6.1.0-28-amd64", boot.path), "mine");
    try {
        machine_config("", "6.18.44", boot.path);
        FAIL() << "there is none";
    } catch (const Error& error) {
        EXPECT_EQ(error.code, Exit::environment);
        EXPECT_EQ(
            std::string(error.what()),
            (boot.path / "config-6.18.44").string() +
                " cannot be read: name the configuration with --config FILE (where the kernel has it: zcat "
                "/proc/config.gz > FILE)");
    }
}

std::string value_of(const std::vector<ConfigOption>& options, const std::string& name) {
    for (const ConfigOption& option : options)
        if (option.name == name) return option.value;
    return "not there";
}

TEST(Package, IsCalledByItsStrategy) {
    const std::vector<ConfigOption> options = packaged_options("array+nozero", true);
    EXPECT_EQ(value_of(options, "CONFIG_LOCALVERSION"), "\"-stackshift-array+nozero\"");
    // 48 characters, whatever the name: 36 blanks behind these 12.
    EXPECT_EQ(value_of(options, "CONFIG_EXEC_STRATEGY"), "\"array+nozero" + std::string(36, ' ') + "\"");
    EXPECT_EQ(value_of(options, "CONFIG_EXEC_PHASES"), "y");
    EXPECT_EQ(value_of(packaged_options("pristine", false), "CONFIG_EXEC_STRATEGY"), "not there");
}

}  // namespace
}  // namespace stackshift
