// SPDX-License-Identifier: MIT
#include "counters/tracepoint.h"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>

#include "util/read_text.h"

namespace stackshift {
namespace {

constexpr const char* kTracefs = "/sys/kernel/tracing";
constexpr const char* kOldTracefs = "/sys/kernel/debug/tracing";

/// What one letter modifiers of libpfm4 come in: "ukh" is no tracepoint's name.
constexpr size_t kShortestName = 3;

bool is_word(const std::string& text) {
    return std::all_of(text.begin(), text.end(),
                       [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == '-'; });
}

}  // namespace

std::string find_tracefs() {
    const auto has_events = [](const char* tracefs) {
        return access((std::string(tracefs) + "/events").c_str(), F_OK) == 0;
    };
    return !has_events(kTracefs) && has_events(kOldTracefs) ? kOldTracefs : kTracefs;
}

bool looks_like_tracepoint(const std::string& name) {
    const size_t colon = name.find(':');
    if (colon == std::string::npos || colon == 0 || name.size() - colon - 1 < kShortestName) return false;
    return is_word(name.substr(0, colon)) && is_word(name.substr(colon + 1));
}

long tracepoint_id(const std::string& name, const std::string& tracefs, std::string& reason) {
    std::string path = name;
    std::replace(path.begin(), path.end(), ':', '/');
    const std::string text = read_text(tracefs + "/events/" + path + "/id");
    if (!text.empty()) return std::strtol(text.c_str(), nullptr, 10);
    if (access((tracefs + "/events").c_str(), R_OK | X_OK) != 0) {
        reason = "tracefs is not mounted or not readable at " + tracefs + " (mount -t tracefs tracefs " +
                 tracefs + "; root reads it)";
    } else {
        reason = "this kernel has no tracepoint " + name;
    }
    return -1;
}

}  // namespace stackshift
