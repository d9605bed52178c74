// SPDX-License-Identifier: MIT
#include "counters/event_names.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <perfmon/pfmlib.h>
#include <perfmon/pfmlib_perf_event.h>

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "counters/tracepoint.h"
#include "util/error.h"
#include "util/nearest.h"

namespace stackshift {
namespace {

constexpr size_t kNearest = 3;

// perf has no generic name for page walks. What the kernel walked for its loads: cycles on Intel (by the name
// that Skylake and later have, then Sandy Bridge's), on AMD's Zen the walks themselves, of 4 KiB pages.
constexpr const char* kPageWalks[] = {"DTLB_LOAD_MISSES:WALK_PENDING:k", "DTLB_LOAD_MISSES:WALK_DURATION:k",
                                      "L1_DTLB_MISS:TLB_RELOAD_4K_L2_MISS:k"};

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

std::vector<std::string> nearest_of(const std::string& typed, std::vector<std::string> names) {
    std::stable_sort(names.begin(), names.end(), [&](const std::string& a, const std::string& b) {
        return edit_distance(typed, a) < edit_distance(typed, b);
    });
    names.resize(std::min(names.size(), kNearest));
    return names;
}

/// The nearest names, by what stands before the first modifier, without regard to case.
std::vector<std::string> nearest_events(const std::string& name) {
    std::string typed = name.substr(0, name.find(':'));
    std::transform(typed.begin(), typed.end(), typed.begin(),
                   [](unsigned char c) { return std::toupper(c); });
    return nearest_of(typed, known_events());
}

/// Returns libpfm4's PFM_SUCCESS or error.
int encode(const std::string& name, perf_event_attr& attr) {
    pfm_perf_encode_arg_t request = {};
    request.size = sizeof request;
    request.attr = &attr;
    return pfm_get_os_event_encoding(name.c_str(), PFM_PLM0 | PFM_PLM3, PFM_OS_PERF_EVENT_EXT, &request);
}

/// Where what stands before the first colon is an event, the fault is behind it; empty otherwise.
std::string wrong_modifier(const std::string& name) {
    const auto colon = name.find(':');
    perf_event_attr attr = {};
    if (colon == std::string::npos || encode(name.substr(0, colon), attr) != PFM_SUCCESS) return {};
    return fmt::format(
        "event '{}': '{}' is none of its modifiers: k (kernel), u (user), h (hypervisor), or what "
        "libpfm4 names for this event",
        name, name.substr(colon + 1));
}

/// An event with a period samples instead of counting: it interrupts what is measured.
void require_counting(const std::string& name, const perf_event_attr& attr) {
    if (attr.sample_period == 0 && attr.freq == 0 && attr.precise_ip == 0) return;
    throw Error(Exit::usage,
                fmt::format("event '{}' would sample (period, freq and precise do); here events are "
                            "counted: leave that out, or sample with host --perf-record",
                            name));
}

Event encode_event(const std::string& name) {
    perf_event_attr attr = {};
    const int result = encode(name, attr);
    if (result == PFM_SUCCESS && attr.type != PERF_TYPE_TRACEPOINT) {
        require_counting(name, attr);
        return make_event(name, attr);
    }
    if (looks_like_tracepoint(name)) {
        attr = {};
        attr.type = PERF_TYPE_TRACEPOINT;
        return make_event(name, attr);
    }
    const std::string modifier = wrong_modifier(name);
    if (!modifier.empty()) throw Error(Exit::usage, modifier);
    throw Error(Exit::usage, fmt::format("unknown event '{}': {} (nearest: {})", name, pfm_strerror(result),
                                         fmt::join(nearest_events(name), ", ")));
}

}  // namespace

std::vector<std::string> default_events() {
    std::vector<std::string> names = {"instructions:k",      "cycles:k",           "dTLB-LOAD-MISSES:k",
                                      "dTLB-STORE-MISSES:k", "iTLB-LOAD-MISSES:k", "L1-DCACHE-LOAD-MISSES:k",
                                      "LLC-LOAD-MISSES:k",   "page-faults",        "context-switches",
                                      "cpu-migrations",      "tlb:tlb_flush"};
    initialise_libpfm();
    for (const char* walk : kPageWalks) {
        perf_event_attr attr = {};
        if (encode(walk, attr) != PFM_SUCCESS) continue;
        names.emplace_back(walk);
        break;
    }
    return names;
}

std::vector<Event> encode_events(const std::vector<std::string>& names) {
    initialise_libpfm();
    std::vector<Event> events;
    for (const std::string& name : names) {
        const bool twice =
            std::any_of(events.begin(), events.end(), [&](const Event& event) { return event.name == name; });
        if (!twice) events.push_back(encode_event(name));
    }
    return events;
}

std::vector<Event> find_events(const std::vector<std::string>& names) {
    std::vector<Event> events = encode_events(names);
    try_events(events);
    for (Event& event : events) {
        const bool unknown = event.attr.type == PERF_TYPE_TRACEPOINT && event.attr.config == 0;
        if (!unknown) continue;
        const std::vector<std::string> nearest = nearest_tracepoints(event.name, find_tracefs());
        if (!nearest.empty()) event.unavailable += fmt::format(" (nearest: {})", fmt::join(nearest, ", "));
    }
    return events;
}

std::vector<std::string> nearest_tracepoints(const std::string& name, const std::string& tracefs) {
    std::vector<std::string> names;
    std::error_code error;
    for (const auto& system : std::filesystem::directory_iterator(tracefs + "/events", error)) {
        if (!system.is_directory(error)) continue;
        for (const auto& event : std::filesystem::directory_iterator(system.path(), error)) {
            if (!event.is_directory(error)) continue;
            names.push_back(
                fmt::format("{}:{}", system.path().filename().string(), event.path().filename().string()));
        }
    }
    // The order of directories is anyone's.
    std::sort(names.begin(), names.end());
    return nearest_of(name, std::move(names));
}

}  // namespace stackshift
