// SPDX-License-Identifier: MIT
// Debian packages of strategies' kernels. Packages is in the long tier, for it builds one.
#include <gtest/gtest.h>

#include "kernels/image.h"
#include "run_tool.h"
#include "util/files.h"

namespace stackshift {
namespace {

constexpr const char* kTiny = STACKSHIFT_TEST_DATA "/tiny.config";

TEST(Packages, OneHoldsTheStrategysKernel) {
    for (const char* program : {"dpkg-buildpackage", "dh_builddeb", "rsync", "cpio"}) {
        if (find_program(program).empty()) GTEST_SKIP() << "skipped: " << program << " is not installed";
    }
    const TemporaryDirectory directory;
    const ToolRun run = run_tool({"kernels", "--deb", "--config", kTiny, "--strategies", "direct",
                                  "--work-dir", WORK_DIR, "--out", directory.path.string()});
    ASSERT_EQ(run.code, 0) << run.err;
    EXPECT_NE(run.out.find("To time one: sudo apt-get install "), std::string::npos) << run.out;
    // One package, nothing beside it.
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(directory.path))
        files.push_back(entry.path());
    ASSERT_EQ(files.size(), 1U);
    const std::string deb = files.front().string();
    const std::string package = capture({"dpkg-deb", "--field", deb, "Package"});
    EXPECT_EQ(package.find("linux-image-6.12."), 0U) << package;
    EXPECT_NE(package.find("-stackshift-direct\n"), std::string::npos) << package;
    EXPECT_EQ(capture({"dpkg-deb", "--field", deb, "Architecture"}), "amd64\n");
    const std::string release = package.substr(12, package.size() - 13);
    EXPECT_EQ(files.front().filename().string().find("linux-image-" + release + "_"), 0U);

    const std::filesystem::path unpacked = directory.path / "unpacked";
    ASSERT_EQ(run_program({"dpkg-deb", "--extract", deb, unpacked.string()}).code, 0);
    EXPECT_EQ(image_version(unpacked / "boot" / ("vmlinuz-" + release)).find(release + " ("), 0U);
    EXPECT_TRUE(std::filesystem::exists(unpacked / "lib/modules" / release));
    const std::string config = read_file(unpacked / "boot" / ("config-" + release));
    EXPECT_NE(config.find("\nCONFIG_EXEC_STRATEGY=\"direct" + std::string(42, ' ') + "\"\n"),
              std::string::npos);
    EXPECT_NE(config.find("\nCONFIG_EXEC_PHASES=y\n"), std::string::npos);
    EXPECT_NE(config.find("\nCONFIG_LOCALVERSION=\"-stackshift-direct\"\n"), std::string::npos);
    // And what the file asked for.
    EXPECT_NE(config.find("\nCONFIG_CC_OPTIMIZE_FOR_SIZE=y\n"), std::string::npos);
}

/// What `kernels --deb` says where it ends with this code.
std::string deb_error(int code, const std::vector<std::string>& options,
                      const std::vector<std::pair<std::string, std::string>>& variables = {}) {
    std::vector<std::string> argv = {"kernels", "--strategies", "direct"};
    argv.insert(argv.end(), options.begin(), options.end());
    const ToolRun run = run_tool(argv, variables);
    EXPECT_EQ(run.code, code) << run.err;
    return run.err;
}

TEST(PackageMessages, NameWhatIsWrong) {
    const TemporaryDirectory directory;
    const std::string odd = (directory.path / "odd").string();
    EXPECT_NE(deb_error(2, {"--deb", "--config", odd}).find(odd), std::string::npos);
    write_file_atomically(odd, "CONFIG_SMP=y\nnonsense\n");
    EXPECT_NE(deb_error(2, {"--deb", "--config", odd}).find(odd + ":2"), std::string::npos);
    write_file_atomically(odd, "# nothing\n");
    EXPECT_NE(deb_error(2, {"--deb", "--config", odd}).find("it has no option of a kernel's configuration"),
              std::string::npos);
    EXPECT_EQ(deb_error(2, {"--out", odd}), "stackshift: --out is of --deb\n");
    EXPECT_EQ(deb_error(2, {"--deb", "--config", kTiny, "--kernel", "mine=" + odd}),
              "stackshift: --deb makes packages of strategies: leave --kernel out\n");
    // A machine without any tool: one line that names all.
    const std::string missing =
        deb_error(4, {"--deb", "--config", kTiny}, {{"PATH", directory.path.string()}});
    EXPECT_EQ(missing.find("stackshift: making a kernel's package needs make, gcc, ld, "), 0U) << missing;
    EXPECT_NE(missing.find("dpkg-buildpackage, dh_builddeb, rsync, cpio"), std::string::npos) << missing;
    EXPECT_NE(missing.find("install with `sudo apt-get install make "), std::string::npos) << missing;
    EXPECT_NE(missing.find(" dpkg-dev debhelper rsync cpio"), std::string::npos) << missing;
    EXPECT_EQ(missing.find('\n'), missing.size() - 1) << missing;
}

}  // namespace
}  // namespace stackshift
