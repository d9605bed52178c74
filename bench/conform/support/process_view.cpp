// SPDX-License-Identifier: MIT
#include "conform/support/process_view.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <sstream>

#include "conform/support/exec.h"
#include "conform/support/machine.h"

namespace stackshift {
namespace {

/// Reads `bytes` at `offset` of a file of /proc/PID that can be addressed.
std::string piece(pid_t pid, const char* file, std::uint64_t offset, std::size_t bytes) {
    const std::string path = "/proc/" + std::to_string(pid) + '/' + file;
    const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    std::string data(bytes, '\0');
    const ssize_t n = fd < 0 ? -1 : pread(fd, data.data(), bytes, static_cast<off_t>(offset));
    if (fd >= 0) close(fd);
    data.resize(n < 0 ? 0 : static_cast<std::size_t>(n));
    return data;
}

}  // namespace

std::string proc_text(pid_t pid, const std::string& file) {
    return read_text("/proc/" + std::to_string(pid) + '/' + file);
}

StackVma stack_vma(pid_t pid) {
    StackVma vma;
    std::istringstream lines(proc_text(pid, "smaps"));
    bool inside = false;
    for (std::string line; std::getline(lines, line);) {
        const std::size_t colon = line.find(':');
        const std::size_t blank = line.find(' ');
        if (colon == std::string::npos || blank < colon) {
            inside = line.size() > 7 && line.compare(line.size() - 7, 7, "[stack]") == 0;
            if (!inside) continue;
            char* past = nullptr;
            vma.start = std::strtoull(line.c_str(), &past, 16);
            vma.end = std::strtoull(past + 1, nullptr, 16);
            vma.protection = line.substr(blank + 1, 4);
            vma.offset = line.substr(blank + 6, 8);
        } else if (inside && line.compare(0, colon, "VmFlags") == 0) {
            vma.flags = line.substr(colon + 2);
            while (!vma.flags.empty() && vma.flags.back() == ' ') vma.flags.pop_back();
        } else if (inside) {
            vma.kib[line.substr(0, colon)] = std::strtol(line.c_str() + colon + 1, nullptr, 10);
        }
    }
    return vma;
}

std::uint64_t stat_field(pid_t pid, std::size_t number) {
    const std::string text = proc_text(pid, "stat");
    // Field 2 is the name in parentheses, which may hold blanks; field 3 follows it.
    const std::size_t past_name = text.rfind(')');
    if (past_name == std::string::npos) return 0;
    std::istringstream fields(text.substr(past_name + 1));
    std::string field;
    for (std::size_t i = 3; i <= number; ++i) fields >> field;
    return std::strtoull(field.c_str(), nullptr, 10);
}

long proc_kib(pid_t pid, const std::string& file, const std::string& name) {
    return line_number(proc_text(pid, file), name);
}

long status_kib(pid_t pid, const std::string& name) {
    return proc_kib(pid, "status", name);
}

Auxiliary auxiliary(pid_t pid, std::uint64_t bits) {
    return parse_auxiliary(proc_text(pid, "auxv"), bits);
}

std::vector<std::uint64_t> pagemap(pid_t pid, std::uint64_t start, std::uint64_t end) {
    std::vector<std::uint64_t> words((end - start) / kPage);
    const std::string data = piece(pid, "pagemap", start / kPage * 8, words.size() * 8);
    words.resize(data.size() / 8);
    std::memcpy(words.data(), data.data(), words.size() * 8);
    return words;
}

std::string memory_of(pid_t pid, std::uint64_t start, std::uint64_t bytes) {
    return piece(pid, "mem", start, bytes);
}

std::string joined(const Strings& strings) {
    std::string all;
    for (const std::string& text : strings) all.append(text.c_str(), text.size() + 1);
    return all;
}

}  // namespace stackshift
