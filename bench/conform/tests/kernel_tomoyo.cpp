// SPDX-License-Identifier: MIT
// Group kernel: TOMOYO, the security module that reads argv and environment while they are staged
// (kernels/config/check-distro.config). Its audit log shows what it read.
#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include "conform/support/exec.h"
#include "conform/support/machine.h"
#include "conform/tests/parts.h"

namespace stackshift {
namespace {

constexpr const char* kSecurity = "/sys/kernel/security";
constexpr const char* kTomoyo = "/sys/kernel/security/tomoyo/";

std::string file(const char* name) {
    return std::string(kTomoyo) + name;
}

/// All that has been logged since the last call.
std::string read_log() {
    std::string log;
    const int audit = open(file("audit").c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    std::string piece(64 << 10, '\0');
    for (ssize_t n = 1; n > 0;) {
        n = read(audit, piece.data(), piece.size());
        if (n > 0) log.append(piece, 0, static_cast<std::size_t>(n));
    }
    close(audit);
    return log;
}

/// "read" where the log has this text, or where it stopped.
std::string shown(const std::string& log, const std::string& text) {
    if (log.empty()) return "no log";
    if (log.find(text) != std::string::npos) return "read";
    return log.find("argv[]={ ... }") != std::string::npos ? "not read" : "other strings";
}

std::string quoted(const Strings& strings) {
    std::string text;
    for (const std::string& string : strings) text += '"' + string + "\" ";
    return text;
}

/// Strings on one page, and on several.
void read_arguments(Tap& tap, const char* row, const char* program, std::size_t bytes) {
    Exec exec;
    exec.file = program;
    exec.argv = {"zero", std::string(bytes, 'x'), "last"};
    exec.env = {"E=" + std::string(bytes, 'y'), "F=1"};
    read_log();
    const Seen seen = run(exec);
    const std::string all = "argv[]={ " + quoted(exec.argv) + "} envp[]={ " + quoted(exec.env) + "}";
    tap.expect(row, seen.whole ? shown(read_log(), all) : seen.ended(), "read");
}

}  // namespace

void test_tomoyo(Tap& tap) {
    mount("securityfs", kSecurity, "securityfs", 0, nullptr);
    const std::string mode = "0-CONFIG={ mode=permissive grant_log=yes reject_log=yes }\n";
    const bool logs = write_text(file("profile"), "0-PREFERENCE={ max_audit_log=1024 }\n") &&
                      write_text(file("profile"), mode);
    struct Case {
        const char* row;
        const char* program;
        std::size_t bytes;
    };
    for (const Case& c :
         {Case{"kernel/tomoyo-native", kProbe64, 10}, Case{"kernel/tomoyo-i386", kProbe32, 10},
          // Of argv, and of the environment, it shows no more than 8 KiB together.
          Case{"kernel/tomoyo-pages-native", kProbe64, 3800},
          Case{"kernel/tomoyo-pages-i386", kProbe32, 3800}}) {
        if (logs) {
            read_arguments(tap, c.row, c.program, c.bytes);
        } else {
            tap.skip(c.row, "no TOMOYO (CONFIG_SECURITY_TOMOYO)");
        }
    }
    if (logs) write_text(file("profile"), "0-CONFIG={ mode=disabled }\n");
}

}  // namespace stackshift
