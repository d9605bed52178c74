// SPDX-License-Identifier: MIT
#include "util/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <fmt/format.h>
#include <pcre2.h>

#include <array>
#include <cstdint>

namespace stackshift {
namespace {

// An ordinary expression takes some hundred steps on a cell's name; this many take some milliseconds.
constexpr std::uint32_t kMostSteps = 1'000'000;
constexpr std::uint32_t kMostHeapKib = 64 << 10;

struct FreeMatch {
    void operator()(pcre2_match_data* match) const { pcre2_match_data_free(match); }
};
struct FreeContext {
    void operator()(pcre2_match_context* context) const { pcre2_match_context_free(context); }
};
using Match = std::unique_ptr<pcre2_match_data, FreeMatch>;

PCRE2_SPTR units(std::string_view text) {
    return reinterpret_cast<PCRE2_SPTR>(text.data());
}

std::string message_of(int error) {
    std::array<PCRE2_UCHAR, 256> text{};
    pcre2_get_error_message(error, text.data(), text.size());
    return reinterpret_cast<const char*>(text.data());
}

/// The match, or nullptr.
Match match(const void* compiled, std::string_view text, std::uint32_t options) {
    static const std::unique_ptr<pcre2_match_context, FreeContext> bounds = [] {
        std::unique_ptr<pcre2_match_context, FreeContext> context(pcre2_match_context_create(nullptr));
        pcre2_set_match_limit(context.get(), kMostSteps);
        pcre2_set_heap_limit(context.get(), kMostHeapKib);
        return context;
    }();
    const auto* const code = static_cast<const pcre2_code*>(compiled);
    Match found(pcre2_match_data_create_from_pattern(code, nullptr));
    const int result = pcre2_match(code, units(text), text.size(), 0, options, found.get(), bounds.get());
    if (result == PCRE2_ERROR_NOMATCH) return nullptr;
    if (result == PCRE2_ERROR_MATCHLIMIT || result == PCRE2_ERROR_HEAPLIMIT)
        throw BadPattern(
            fmt::format("it takes more than {} steps on '{:.60}': nested repetitions try all ways "
                        "to divide a text",
                        kMostSteps, text));
    if (result < 0) throw BadPattern(message_of(result));
    return found;
}

}  // namespace

Pattern::Pattern(const std::string& expression) {
    int error = 0;
    PCRE2_SIZE place = 0;
    pcre2_code* const code = pcre2_compile(units(expression), expression.size(), 0, &error, &place, nullptr);
    if (code == nullptr) throw BadPattern(fmt::format("{}, at character {}", message_of(error), place + 1));
    code_ = {code, [](const void* what) {
                 pcre2_code_free(const_cast<pcre2_code*>(static_cast<const pcre2_code*>(what)));
             }};
}

bool Pattern::found_in(std::string_view text) const {
    return match(code_.get(), text, 0) != nullptr;
}

bool Pattern::matches(std::string_view text) const {
    return match(code_.get(), text, PCRE2_ANCHORED | PCRE2_ENDANCHORED) != nullptr;
}

std::vector<std::string> Pattern::groups(std::string_view text) const {
    const Match found = match(code_.get(), text, 0);
    if (!found) return {};
    const PCRE2_SIZE* const ends = pcre2_get_ovector_pointer(found.get());
    std::vector<std::string> groups;
    for (std::uint32_t i = 0; i < pcre2_get_ovector_count(found.get()); ++i) {
        const bool set = ends[2 * i] != PCRE2_UNSET;
        groups.emplace_back(set ? text.substr(ends[2 * i], ends[2 * i + 1] - ends[2 * i])
                                : std::string_view());
    }
    return groups;
}

}  // namespace stackshift
