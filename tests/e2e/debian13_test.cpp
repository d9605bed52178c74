// SPDX-License-Identifier: MIT
// The suite on Debian 13, in a root that is made of the machine's own mirror: ./run.sh there, and the
// emulators of that release and its backports, which count one image as this machine's does.
#include <gtest/gtest.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "run_tool.h"
#include "util/files.h"
#include "util/process.h"

namespace stackshift {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// What [run] of packages.list names, separated by commas.
std::string needed_packages() {
    return capture({"awk",
                    "/^# \\[/ { wanted = $2 == \"[run]\" } /^[^#]/ && wanted { printf \"%s%s\", comma, $1; "
                    "comma = \",\" }",
                    PROJECT_DIR "/packages.list"});
}

class Debian13 : public testing::Test {
  protected:
    void SetUp() override {
        if (geteuid() != 0) GTEST_SKIP() << "skipped: a root of Debian 13 can be made by root only";
        if (find_program("mmdebstrap").empty()) GTEST_SKIP() << "skipped: mmdebstrap is not installed";
    }

    /// Kept between runs: each takes a minute or two and 2 GiB.
    static fs::path root_of(const std::string& suite, const std::string& packages) {
        const fs::path root = fs::path(WORK_DIR) / "debian13-test" / suite;
        if (!fs::exists(root)) {
            const ToolRun made =
                run_program({PROJECT_DIR "/tests/debian13_root.sh", root.string(), suite, packages});
            EXPECT_EQ(made.code, 0) << made.out << made.err;
        }
        return root;
    }

    /// A folder with an emulator that is the root's, its libraries and its data.
    static void put_emulator(const fs::path& folder, const fs::path& root) {
        fs::create_directories(folder);
        const std::string libraries = (root / "usr/lib/x86_64-linux-gnu").string();
        const fs::path script = folder / "qemu-system-x86_64";
        write_file_atomically(script, "#!/bin/sh\nexec " +
                                          (root / "usr/lib64/ld-linux-x86-64.so.2").string() +
                                          " --library-path " + libraries + " " +
                                          (root / "usr/bin/qemu-system-x86_64").string() + " -L " +
                                          (root / "usr/share/qemu").string() + " \"$@\"\n");
        fs::permissions(script, fs::perms::owner_all);
    }
};

TEST_F(Debian13, RunShDoesTheMainJobsCounts) {
    const fs::path root = root_of("trixie", needed_packages() + ",ca-certificates");
    const fs::path home = root / "home/user";
    // As a user's checkout; what an earlier test built there stays.
    ASSERT_EQ(run_program({"sh", "-c",
                           "mkdir -p \"$1/stackshift\" && cd \"$2\" && git ls-files -z --cached --others "
                           "--exclude-standard | tar --create --null --files-from=- | tar --extract "
                           "--directory=\"$1/stackshift\"",
                           "copy", home.string(), PROJECT_DIR})
                  .code,
              0);
    const ToolRun run =
        run_program({"unshare", "--mount", "sh", "-ec",
                     "mount -t proc proc \"$1/proc\"; mount --rbind /dev \"$1/dev\"; "
                     "chroot \"$1\" sh -ec 'id user >/dev/null 2>&1 || useradd --create-home user; chown -R "
                     "user /home/user'; "
                     "exec chroot --userspec=user \"$1\" env -i HOME=/home/user PATH=/usr/bin:/bin "
                     "/home/user/stackshift/run.sh lab --profile smoke --strategies pristine,relocate,direct "
                     "--out /home/user/out",
                     "there", root.string()});
    ASSERT_EQ(run.code, 0) << run.out << run.err;
    EXPECT_NE(run.out.find("direct"), std::string::npos) << run.out;
    const json result = json::parse(read_file(home / "out/result.json"));
    EXPECT_NE(result["environment"]["compiler"].get<std::string>().find(" 14."), std::string::npos);
    EXPECT_NE(result["environment"]["emulator"].get<std::string>().find(" 10."), std::string::npos);
    for (const json& cell : result["cells"]) EXPECT_EQ(cell["status"], "ok") << cell["cell"];
}

/// One image, one guest, one plan.
TEST_F(Debian13, ItsEmulatorsCountTheSame) {
    const TemporaryDirectory directory;
    const auto lab = [&](const std::string& name, const std::string& path) {
        const std::string out = (directory.path / name).string();
        const ToolRun run = run_tool({"lab", "--strategies", "relocate", "--profile", "smoke", "--out", out},
                                     {{"PATH", path}});
        EXPECT_EQ(run.code, 0) << name << run.err;
        return json::parse(read_file(directory.path / name / "result.json"));
    };
    const std::string path = std::getenv("PATH");
    const json own = lab("own", path);
    for (const char* suite : {"trixie", "trixie-backports"}) {
        const fs::path root =
            root_of(suite, suite == std::string("trixie") ? needed_packages() + ",ca-certificates"
                                                          : "qemu-system-x86");
        put_emulator(directory.path / "bin" / suite, root);
        const json other = lab(suite, (directory.path / "bin" / suite).string() + ":" + path);
        EXPECT_NE(other["environment"]["emulator"], own["environment"]["emulator"]);
        EXPECT_EQ(other["cells"], own["cells"]) << suite;
        const ToolRun both =
            run_tool({"compare", (directory.path / "own").string(), (directory.path / suite).string()});
        EXPECT_EQ(both.code, 0) << both.err;
    }
}

}  // namespace
}  // namespace stackshift
