// SPDX-License-Identifier: MIT
#include "small_run.h"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <csignal>
#include <iostream>

#include "results/load.h"
#include "util/error.h"
#include "util/files.h"

namespace stackshift {

namespace fs = std::filesystem;

namespace {

/// Whether a process has been sent SIGKILL and has not got round to it, as on a busy machine.
bool is_being_killed(pid_t pid) {
    const std::string status = read_file_or("/proc/" + std::to_string(pid) + "/status", "");
    const std::size_t pending = status.find("\nSigPnd:");
    return pending == std::string::npos ||
           (std::stoull(status.substr(pending + 8), nullptr, 16) & 1ULL << (SIGKILL - 1)) != 0;
}

}  // namespace

std::vector<std::string> small_run(const fs::path& out, const std::vector<std::string>& more) {
    static const std::string image = [] {
        const ToolRun build = run_tool({"kernels", "--strategies", "pristine"});
        if (build.code != 0) throw Error(Exit::run_failed, build.err);
        return std::string(WORK_DIR "/kernels/pristine/bzImage");
    }();
    std::vector<std::string> arguments = {"lab",
                                          "--kernel",
                                          "one=" + image,
                                          "--kernel",
                                          "two=" + image,
                                          "--filter",
                                          "self-exec/native/.*argv:0p/long",
                                          "--profile",
                                          "smoke",
                                          "--seeds",
                                          "2",
                                          "--jobs",
                                          "2",
                                          "--out",
                                          out.string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
}

std::map<std::string, std::vector<double>> samples_of(const fs::path& run) {
    std::map<std::string, std::vector<double>> samples;
    for (const CellResult& cell : load_result(run / "result.json").cells) {
        for (const auto& [name, metric] : cell.metrics)
            samples[cell.strategy + ' ' + cell.cell.name() + ' ' + name] = metric.samples;
    }
    return samples;
}

KeptBoots kept_boots(const fs::path& run) {
    KeptBoots kept;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(run / "boots", error)) {
        if (entry.path().extension() == ".json")
            kept[entry.path().filename()] = {read_file(entry.path()), entry.last_write_time()};
    }
    return kept;
}

std::vector<pid_t> guests_in(const fs::path& run) {
    std::vector<pid_t> pids;
    for (const auto& entry : fs::directory_iterator("/proc")) {
        const std::string name = entry.path().filename();
        if (std::isdigit(static_cast<unsigned char>(name[0])) == 0) continue;
        const std::string arguments = read_file_or(entry.path() / "cmdline", "");
        if (arguments.starts_with("qemu") && arguments.find(run.string() + "/") != std::string::npos)
            pids.push_back(std::stoi(name));
    }
    return pids;
}

bool guests_end(const fs::path& run) {
    constexpr int kSecond = 20;
    std::vector<pid_t> left;
    for (int i = 0; i < 60 * kSecond; ++i) {
        left = guests_in(run);
        if (left.empty()) return true;
        // Shorter than any boot: one that is left behind would end well by itself.
        if (i >= kSecond && std::none_of(left.begin(), left.end(), is_being_killed)) break;
        usleep(50'000);
    }
    for (const pid_t pid : left)
        std::cerr << "left: " << pid << '\n' << read_file_or("/proc/" + std::to_string(pid) + "/status", "");
    return false;
}

std::vector<std::string> half_written(const fs::path& directory) {
    std::vector<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator(directory)) {
        if (entry.path().filename().string().find(".stackshift-part") != std::string::npos)
            names.push_back(entry.path().string());
    }
    return names;
}

}  // namespace stackshift
