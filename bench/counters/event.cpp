// SPDX-License-Identifier: MIT
#include "counters/event.h"

#include <fmt/format.h>
#include <perfmon/pfmlib.h>
#include <perfmon/pfmlib_perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "target/protocol.h"
#include "util/error.h"
#include "util/files.h"
#include "util/nearest.h"

namespace stackshift {
namespace {

constexpr const char* kTracefs = "/sys/kernel/tracing";
constexpr const char* kOldTracefs = "/sys/kernel/debug/tracing";

void initialise_libpfm() {
    static const int result = pfm_initialize();
    if (result != PFM_SUCCESS) {
        throw Error(Exit::environment, fmt::format("libpfm4: {}", pfm_strerror(result)));
    }
}

/// Names of all events of the PMUs that this machine has, for "did you mean".
std::vector<std::string> known_events() {
    std::vector<std::string> names;
    for (int pmu = PFM_PMU_NONE; pmu < PFM_PMU_MAX; ++pmu) {
        pfm_pmu_info_t info = {};
        info.size = sizeof info;
        if (pfm_get_pmu_info(static_cast<pfm_pmu_t>(pmu), &info) != PFM_SUCCESS || info.is_present == 0)
            continue;
        for (int i = info.first_event; i >= 0; i = pfm_get_event_next(i)) {
            pfm_event_info_t event = {};
            event.size = sizeof event;
            if (pfm_get_event_info(i, PFM_OS_PERF_EVENT_EXT, &event) != PFM_SUCCESS) continue;
            names.emplace_back(event.name);
        }
    }
    return names;
}

/// The three nearest names, by what stands before the first modifier, without regard to case.
std::string nearest_events(const std::string& name) {
    std::string typed = name.substr(0, name.find(':'));
    std::transform(typed.begin(), typed.end(), typed.begin(),
                   [](unsigned char c) { return std::toupper(c); });
    std::vector<std::string> names = known_events();
    std::stable_sort(names.begin(), names.end(), [&](const std::string& a, const std::string& b) {
        return edit_distance(typed, a) < edit_distance(typed, b);
    });
    names.resize(std::min<size_t>(names.size(), 3));
    return fmt::format("{}", fmt::join(names, ", "));
}

int open_event(const perf_event_attr& attr, int leader) {
    perf_event_attr copy = attr;
    const long fd = syscall(SYS_perf_event_open, &copy, 0, -1, leader, PERF_FLAG_FD_CLOEXEC);
    return static_cast<int>(fd);
}

/// What all our events have: a group read, with the times that tell a multiplexed one.
void prepare(perf_event_attr& attr) {
    attr.size = protocol::kEventAttrBytes;
    attr.read_format = PERF_FORMAT_GROUP | PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
    attr.inherit = 0;
    attr.disabled = 1;
}

bool looks_like_tracepoint(const std::string& name) {
    // "tlb:tlb_flush", but neither "instructions:k" nor "perf::CYCLES".
    const size_t colon = name.find(':');
    return colon != std::string::npos && name.size() - colon > 3 && name[colon + 1] != ':' &&
           name.find(':', colon + 1) == std::string::npos;
}

Event find_event(const std::string& name) {
    Event event;
    event.name = name;
    pfm_perf_encode_arg_t request = {};
    request.size = sizeof request;
    request.attr = &event.attr;
    const int result =
        pfm_get_os_event_encoding(name.c_str(), PFM_PLM0 | PFM_PLM3, PFM_OS_PERF_EVENT_EXT, &request);
    if (result == PFM_SUCCESS) {
        prepare(event.attr);
        event.hardware = event.attr.type != PERF_TYPE_SOFTWARE && event.attr.type != PERF_TYPE_TRACEPOINT;
        return event;
    }
    if (looks_like_tracepoint(name)) {
        const bool old_place = access((std::string(kTracefs) + "/events").c_str(), F_OK) != 0 &&
                               access((std::string(kOldTracefs) + "/events").c_str(), F_OK) == 0;
        const long id = tracepoint_id(name, old_place ? kOldTracefs : kTracefs, event.unavailable);
        event.attr.type = PERF_TYPE_TRACEPOINT;
        event.attr.config = id < 0 ? 0 : static_cast<std::uint64_t>(id);
        prepare(event.attr);
        return event;
    }
    throw Error(Exit::usage, fmt::format("unknown event '{}': {} (nearest: {})", name, pfm_strerror(result),
                                         nearest_events(name)));
}

}  // namespace

const std::vector<std::string>& default_events() {
    static const std::vector<std::string> names = {
        "instructions:k",      "cycles:k",           "dTLB-LOAD-MISSES:k",
        "dTLB-STORE-MISSES:k", "iTLB-LOAD-MISSES:k", "L1-DCACHE-LOAD-MISSES:k",
        "LLC-LOAD-MISSES:k",   "page-faults",        "context-switches",
        "cpu-migrations",      "tlb:tlb_flush"};
    return names;
}

long tracepoint_id(const std::string& name, const std::string& tracefs, std::string& reason) {
    std::string path = name;
    std::replace(path.begin(), path.end(), ':', '/');
    const std::string text = read_file_or(tracefs + "/events/" + path + "/id", "");
    if (!text.empty()) return std::strtol(text.c_str(), nullptr, 10);
    if (access((tracefs + "/events").c_str(), R_OK | X_OK) != 0) {
        reason = fmt::format(
            "tracefs is not mounted or not readable at {} (mount -t tracefs tracefs {}; root reads it)",
            tracefs, tracefs);
    } else {
        reason = fmt::format("this kernel has no tracepoint {}", name);
    }
    return -1;
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
            return fmt::format(
                "not permitted: kernel.perf_event_paranoid is {} (set it to 1, for tracepoints to -1, or "
                "run with CAP_PERFMON)",
                paranoid);
        case EINVAL:
            return "the PMU does not take it (EINVAL)";
        default:
            return fmt::format("perf_event_open: {}", std::strerror(error));
    }
}

std::string probe_event(const Event& event) {
    const int fd = open_event(event.attr, -1);
    if (fd >= 0) {
        close(fd);
        return {};
    }
    const int error = errno;
    std::string paranoid = read_file_or("/proc/sys/kernel/perf_event_paranoid", "unknown");
    paranoid.resize(std::min(paranoid.find('\n'), paranoid.size()));
    return open_error_reason(error, event.hardware, paranoid);
}

std::vector<Event> find_events(const std::vector<std::string>& names) {
    initialise_libpfm();
    std::vector<Event> events;
    for (const std::string& name : names) {
        Event event = find_event(name);
        if (event.unavailable.empty()) event.unavailable = probe_event(event);
        events.push_back(std::move(event));
    }
    return events;
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

}  // namespace stackshift
