// SPDX-License-Identifier: MIT
// The figures that the kernel keeps of a new program's memory are what its mappings add up to, however it was
// started: exec's staging counts pages into them, a move of the stack counts some again.
#include <unistd.h>

#include <map>
#include <sstream>

#include "conform/support/caller.h"
#include "conform/support/exec.h"
#include "conform/support/machine.h"
#include "conform/support/process_view.h"
#include "conform/tests/parts.h"

namespace stackshift {
namespace {

/// Figures by their name in /proc/PID/status, in KiB.
using Figures = std::map<std::string, long>;

struct Mapping {
    long kib = 0;
    long locked_kib = 0;
    std::string flags;  ///< " rd wr mr ... "
    bool has(const char* flag) const {
        return flags.find(std::string(" ") + flag + ' ') != std::string::npos;
    }
};

/// Adds a mapping to the figures as vm_stat_account() of mm/mmap.c does, and mlock's.
void add(Figures& figures, const Mapping& mapping) {
    figures["VmSize"] += mapping.kib;
    figures["VmLck"] += mapping.locked_kib;
    if (mapping.has("ex") && !mapping.has("wr") && !mapping.has("gd")) {
        figures["VmExe + VmLib"] += mapping.kib;
    } else if (mapping.has("gd")) {
        figures["VmStk"] += mapping.kib;
    } else if (mapping.has("wr") && !mapping.has("sh")) {
        figures["VmData"] += mapping.kib;
    }
}

/// By the mappings.
Figures added_up(pid_t pid) {
    Figures figures = {{"VmSize", 0}, {"VmLck", 0}, {"VmStk", 0}, {"VmData", 0}, {"VmExe + VmLib", 0}};
    std::istringstream lines(proc_text(pid, "smaps"));
    Mapping mapping;
    bool vsyscall = false;
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string name;
        words >> name;
        if (name.back() != ':') {
            mapping = {};
            // Of no memory of the process's.
            vsyscall = line.find("[vsyscall]") != std::string::npos;
        } else if (name == "Size:") {
            words >> mapping.kib;
        } else if (name == "Locked:") {
            words >> mapping.locked_kib;
        } else if (name == "VmFlags:") {
            mapping.flags = line.substr(name.size()) + ' ';
            if (!vsyscall) add(figures, mapping);
        }
    }
    return figures;
}

/// As the kernel keeps them.
Figures kept(pid_t pid) {
    Figures figures;
    for (const char* name : {"VmSize", "VmLck", "VmStk", "VmData"}) figures[name] = status_kib(pid, name);
    figures["VmExe + VmLib"] = status_kib(pid, "VmExe") + status_kib(pid, "VmLib");
    return figures;
}

/// "ok", or what differs.
std::string compared(pid_t pid) {
    const Figures mappings = added_up(pid);
    std::string text;
    for (const auto& [name, kib] : kept(pid)) {
        if (kib == mappings.at(name)) continue;
        text += (text.empty() ? "" : ", ") + name + ' ' + std::to_string(kib) + " kB, mappings " +
                std::to_string(mappings.at(name));
    }
    return text.empty() ? "ok" : text;
}

/// `exec` once more: its row is named by how it is made.
void check_figures(Tap& tap, const std::string& name, Exec exec) {
    std::string figures = "no program";
    exec.look = [&](pid_t pid, const Seen&) { figures = compared(pid); };
    const Seen seen = run(exec);
    tap.expect("view/figures-" + name, seen.whole ? figures : seen.ended(), "ok");
}

}  // namespace

void test_figures(Tap& tap) {
    make_file("/tmp/script64", "#!/probe64 x\n");
    make_file("/tmp/script32", "#!/probe32 x\n");
    copy_program(kProbe64, "/tmp/setuid64", 04755);
    copy_program(kProbe32, "/tmp/setuid32", 04755);
    for (const std::string bits : {"64", "32"}) {
        const std::string abi = bits == "64" ? "-native" : "-i386";
        const std::string probe = "/probe" + bits;
        const Strings some = strings_of(20 * kPage);
        check_figures(tap, "small" + abi, {.file = probe});
        check_figures(tap, "some" + abi, {.file = probe, .argv = some});
        check_figures(tap, "large" + abi, {.file = probe, .argv = strings_of(100 * kPage)});
        check_figures(tap, "environment" + abi, {.file = probe, .env = some});
        check_figures(tap, "not-random" + abi, {.file = probe, .argv = some, .prepare = no_randomize});
        check_figures(tap, "3gb" + abi, {.file = probe, .argv = some, .prepare = limit_3gb});
        check_figures(tap, "compat-call" + abi, {.file = probe, .argv = some, .compat = true});
        check_figures(tap, "script" + abi, {.file = "/tmp/script" + bits, .argv = some});
        check_figures(tap, "setuid" + abi,
                      {.file = "/tmp/setuid" + bits, .argv = some, .prepare = unprivileged_no_randomize});
    }
    for (const char* path : {"/tmp/script64", "/tmp/script32", "/tmp/setuid64", "/tmp/setuid32"})
        unlink(path);
}

}  // namespace stackshift
