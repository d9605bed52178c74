// SPDX-License-Identifier: MIT
// The kernel's own tests of exec, and what they report on a changed kernel.
#include <algorithm>
#include <cctype>

#include "conform/support/machine.h"
#include "conform/tests/parts.h"
#include "conform/tests/tests.h"

namespace stackshift {
namespace {

/// One case of a KTAP report, "    ok 1 NAME" or "    not ok 1 NAME # SKIP why".
struct KunitCase {
    std::string name;
    std::string seen;
};

std::vector<KunitCase> cases_of(const std::string& report) {
    std::vector<KunitCase> cases;
    for (size_t at = 0; at < report.size();) {
        const size_t end = std::min(report.find('\n', at), report.size());
        const std::string line = report.substr(at, end - at);
        at = end + 1;
        const size_t text = line.find_first_not_of(' ');
        // Cases are indented once, the suite is not.
        if (text != 4) continue;
        const bool ok = line.compare(text, 3, "ok ") == 0;
        if (!ok && line.compare(text, 7, "not ok ") != 0) continue;
        size_t name = line.find_first_not_of("0123456789", text + (ok ? 3 : 7));
        name = line.find_first_not_of(" -", name);
        if (name == std::string::npos) continue;
        const size_t past = std::min(line.find(' ', name), line.size());
        KunitCase found = {line.substr(name, past - name), ok ? "passed" : "failed"};
        if (line.find("# SKIP", past) != std::string::npos) found.seen = "skipped";
        cases.push_back(found);
    }
    return cases;
}

/// The suite ran while the kernel booted.
void test_kunit(Tap& tap) {
    const Need need(Facility::kunit);
    // fs/tests/exec_kunit.c
    constexpr const char* kCases[] = {"exec_test_bprm_stack_limits"};
    const std::string report = read_text("/sys/kernel/debug/kunit/exec/results");
    const std::vector<KunitCase> cases = cases_of(report);
    for (const std::string name : kCases) {
        const auto at =
            std::find_if(cases.begin(), cases.end(), [&](const KunitCase& c) { return c.name == name; });
        std::string seen = at == cases.end() ? "no such test" : at->seen;
        if (report.empty()) seen = "no such suite";
        std::string row = name;
        std::replace(row.begin(), row.end(), '_', '-');
        tap.expect("kernel/kunit-" + row, seen, "passed");
    }
}

}  // namespace

void test_kernel(Tap& tap) {
    test_kunit(tap);
    test_kselftest(tap);
    test_tomoyo(tap);
}

}  // namespace stackshift
