// SPDX-License-Identifier: MIT
#include "check/tap.h"

#include <fmt/format.h>

#include <set>

namespace stackshift {
namespace {

/// The text behind `prefix`, or nothing.
bool take(std::string_view& text, std::string_view prefix) {
    if (!text.starts_with(prefix)) return false;
    text.remove_prefix(prefix.size());
    return true;
}

void read_comment(std::string_view text, TapReport& report) {
    if (take(text, "release ")) report.facts.release = text;
    if (take(text, "version ")) report.facts.version = text;
    if (take(text, "strategy ")) report.facts.strategy = text;
    if (take(text, "group ")) report.group = text;
}

/// "N - NAME: SEEN" or "N - NAME # SKIP WHY".
bool read_test(std::string_view text, bool ok, size_t number, TapTest& test) {
    if (!take(text, fmt::format("{} - ", number))) return false;
    const size_t end = text.find_first_of(": ");
    test.name = text.substr(0, end);
    test.status = ok ? TapTest::Status::ok : TapTest::Status::failed;
    text.remove_prefix(end == std::string_view::npos ? text.size() : end);
    if (take(text, " # SKIP ")) {
        test.status = TapTest::Status::skipped;
        if (!ok) return false;
    } else if (!text.empty() && !take(text, ": ")) {
        return false;
    }
    test.seen = text;
    return !test.name.empty();
}

}  // namespace

TapReport parse_tap(std::string_view text) {
    TapReport report;
    std::set<std::string> names;
    bool begun = false;
    for (size_t line_number = 1; !text.empty(); ++line_number) {
        const size_t end = text.find('\n');
        if (end == std::string_view::npos) break;  // half a line
        std::string_view line = text.substr(0, end);
        text.remove_prefix(end + 1);
        const auto refuse = [&](const std::string& why) {
            report.facts.whole = false;
            report.facts.problem = fmt::format("line {}: {}: {}", line_number, why, line.substr(0, 100));
            return report;
        };
        if (report.facts.whole) return refuse("a line after the plan");
        if (!begun) {
            if (line != "TAP version 14") return refuse("not TAP");
            begun = true;
            continue;
        }
        if (take(line, "# ")) {
            read_comment(line, report);
            continue;
        }
        if (take(line, "1..")) {
            report.facts.whole = line == std::to_string(report.tests.size()) && !report.tests.empty();
            if (!report.facts.whole) {
                return refuse(fmt::format("a plan of another number than the {} tests", report.tests.size()));
            }
            continue;
        }
        TapTest test;
        const bool ok = !line.starts_with("not ");
        if (!ok) line.remove_prefix(4);
        if (!take(line, "ok ") || !read_test(line, ok, report.tests.size() + 1, test)) {
            return refuse(fmt::format("not test {}", report.tests.size() + 1));
        }
        if (!names.insert(test.name).second) return refuse("a test's name occurs twice");
        report.tests.push_back(std::move(test));
    }
    if (!report.facts.whole) {
        report.facts.problem = !begun ? "nothing was reported"
                                      : fmt::format("no plan after {} tests, group {}", report.tests.size(),
                                                    report.group.empty() ? "none" : report.group);
    }
    return report;
}

}  // namespace stackshift
