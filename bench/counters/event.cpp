// SPDX-License-Identifier: MIT
#include "counters/event.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>

#include "counters/tracepoint.h"
#include "target/protocol.h"
#include "util/read_text.h"

namespace stackshift {
namespace {

/// A digit's value, or -1. Lower case alone: that is what encode_attr() writes.
int hex_digit(char digit) {
    if (digit >= '0' && digit <= '9') return digit - '0';
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

}  // namespace

int open_event(const perf_event_attr& attr, int leader) {
    perf_event_attr copy = attr;
    const long fd = syscall(SYS_perf_event_open, &copy, 0, -1, leader, PERF_FLAG_FD_CLOEXEC);
    return static_cast<int>(fd);
}

Event make_event(const std::string& name, const perf_event_attr& attr) {
    Event event;
    event.name = name;
    event.attr = attr;
    // What all our events have: a group read, with the times that tell a multiplexed one.
    event.attr.size = protocol::kEventAttrBytes;
    event.attr.read_format =
        PERF_FORMAT_GROUP | PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
    event.attr.inherit = 0;
    event.attr.disabled = 1;
    event.hardware = attr.type != PERF_TYPE_SOFTWARE && attr.type != PERF_TYPE_TRACEPOINT;
    return event;
}

void try_events(std::vector<Event>& events) {
    for (Event& event : events) {
        if (event.attr.type == PERF_TYPE_TRACEPOINT && event.attr.config == 0) {
            const long id = tracepoint_id(event.name, find_tracefs(), event.unavailable);
            if (id >= 0) event.attr.config = static_cast<std::uint64_t>(id);
        }
        if (event.unavailable.empty()) event.unavailable = probe_event(event);
    }
}

std::string open_error_reason(int error, bool hardware, const std::string& paranoid) {
    switch (error) {
        case ENOENT:
        case EOPNOTSUPP:
        case ENODEV:
        case ENXIO:
            return hardware ? "no PMU that counts it (a virtual machine without one, or an event that this "
                              "CPU lacks)"
                            : "this kernel does not have it";
        case EACCES:
        case EPERM:
            return "not permitted: kernel.perf_event_paranoid is " + paranoid +
                   " (set it to 1, for tracepoints to -1, or run with CAP_PERFMON)";
        case EINVAL:
            return "the PMU does not take it (EINVAL)";
        default:
            return std::string("perf_event_open: ") + std::strerror(error);
    }
}

std::string probe_event(const Event& event) {
    const int fd = open_event(event.attr, -1);
    if (fd >= 0) {
        close(fd);
        return {};
    }
    const int error = errno;
    std::string paranoid = read_text("/proc/sys/kernel/perf_event_paranoid");
    paranoid.resize(std::min(paranoid.find('\n'), paranoid.size()));
    // Without the file the kernel has no perf_event at all (perf_event_open(2)).
    if (paranoid.empty()) return "this kernel is built without CONFIG_PERF_EVENTS";
    return open_error_reason(error, event.hardware, paranoid);
}

std::vector<std::vector<Event>> group_events(const std::vector<Event>& events) {
    std::vector<std::vector<Event>> groups;
    std::vector<Event> software;
    std::vector<int> open;
    const auto close_all = [&] {
        for (const int fd : open) close(fd);
        open.clear();
    };
    bool started = false;
    for (const Event& event : events) {
        if (!event.unavailable.empty()) continue;
        if (!event.hardware) {
            software.push_back(event);
            continue;
        }
        // A group that the PMU cannot hold at once is refused when the event too many is opened.
        int fd = started ? open_event(event.attr, open.front()) : -1;
        if (fd < 0 || groups.back().size() >= protocol::kMostEvents) {
            close_all();
            fd = open_event(event.attr, -1);
            groups.emplace_back();
            started = true;
        }
        if (fd >= 0) open.push_back(fd);
        groups.back().push_back(event);
    }
    close_all();
    for (size_t i = 0; i < software.size(); ++i) {
        if (i % protocol::kMostEvents == 0) groups.emplace_back();
        groups.back().push_back(software[i]);
    }
    return groups;
}

std::string event_config(const std::vector<Event>& group, bool from_mm_switch) {
    const protocol::EventConfig config = {static_cast<std::uint32_t>(group.size()), from_mm_switch ? 0U : 1U};
    std::string text(reinterpret_cast<const char*>(&config), sizeof config);
    for (size_t i = 0; i < group.size(); ++i) {
        perf_event_attr attr = group[i].attr;
        // The members follow their leader.
        attr.disabled = i == 0 ? 1 : 0;
        attr.enable_on_exec = i == 0 && from_mm_switch ? 1 : 0;
        char bytes[protocol::kEventAttrBytes] = {};
        std::memcpy(bytes, &attr, std::min(sizeof attr, sizeof bytes));
        text.append(bytes, sizeof bytes);
    }
    return text;
}

std::string encode_attr(const perf_event_attr& attr) {
    perf_event_attr portable = attr;
    if (portable.type == PERF_TYPE_TRACEPOINT) portable.config = 0;
    unsigned char bytes[sizeof portable];
    std::memcpy(bytes, &portable, sizeof portable);
    size_t used = sizeof portable;
    while (used > 1 && bytes[used - 1] == 0) --used;
    constexpr char digits[] = "0123456789abcdef";
    std::string hex;
    for (size_t i = 0; i < used; ++i) {
        hex += digits[bytes[i] >> 4];
        hex += digits[bytes[i] & 15];
    }
    return hex;
}

bool decode_attr(std::string_view hex, perf_event_attr& attr) {
    unsigned char bytes[sizeof attr] = {};
    if (hex.empty() || hex.size() % 2 != 0 || hex.size() / 2 > sizeof attr) return false;
    for (size_t i = 0; i < hex.size(); i += 2) {
        const int high = hex_digit(hex[i]);
        const int low = hex_digit(hex[i + 1]);
        if (high < 0 || low < 0) return false;
        bytes[i / 2] = static_cast<unsigned char>(high << 4 | low);
    }
    std::memcpy(&attr, bytes, sizeof attr);
    return true;
}

}  // namespace stackshift
