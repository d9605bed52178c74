// SPDX-License-Identifier: MIT
#include "report/thread_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "report/text.h"

namespace stackshift {
namespace {

constexpr std::size_t kIndent = 2;

/// "6 confirmed, 3 partly".
std::string tally_text(const std::vector<Claim>& claims) {
    std::vector<std::string> parts;
    for (const Spelling<ClaimVerdict>& spelling : kSpellings<ClaimVerdict>) {
        const auto count = std::count_if(claims.begin(), claims.end(),
                                         [&](const Claim& claim) { return claim.verdict == spelling.value; });
        if (count > 0) parts.push_back(fmt::format("{} {}", count, spelling.text));
    }
    return fmt::format("{}", fmt::join(parts, ", "));
}

std::string indented(const std::string& words) {
    return wrapped(std::string(kIndent, ' '), words, kIndent);
}

/// A line per command, so that each may be copied.
std::string commands_text(std::string_view commands) {
    constexpr std::string_view kThen = " && ";
    std::string text;
    while (!commands.empty()) {
        const std::size_t end = commands.find(kThen);
        text += fmt::format("    {}\n", commands.substr(0, end));
        commands = end == std::string_view::npos ? "" : commands.substr(end + kThen.size());
    }
    return text;
}

std::string claim_text(const Claim& claim) {
    std::string text =
        fmt::format("\n{} ({}): {}\n", claim.statement, to_string(claim.who), to_string(claim.verdict));
    if (!claim.quote.empty()) text += indented(fmt::format("\"{}\"", claim.quote));
    text += indented(claim.measured);
    text += indented("Rule: " + claim.rule + '.');
    // What was not measured says what would.
    return claim.verdict == ClaimVerdict::not_measured ? text : text + commands_text(claim.command);
}

}  // namespace

std::string thread_text(const std::vector<Claim>& claims) {
    std::string text = wrapped(
        "", fmt::format("{} claims of the thread of 2009: {}.", claims.size(), tally_text(claims)), 2);
    text += '\n';
    for (const Claim& claim : claims)
        text +=
            fmt::format("  {:<16}{} ({})\n", to_string(claim.verdict), claim.statement, to_string(claim.who));
    for (const Claim& claim : claims) text += claim_text(claim);
    make_ascii(text);
    return text;
}

}  // namespace stackshift
