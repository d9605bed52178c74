// SPDX-License-Identifier: MIT
// A guest's console.
#include <cstdint>

#include "boot/verdict.h"
#include "check/splats.h"
#include "fuzz/fuzz.h"

using namespace stackshift;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text = fuzz::text_of(data, size);
    if (!find_splats(text).empty()) ++fuzz::accepted;
    BootEvidence evidence;
    evidence.console = text;
    evidence.emulator_errors = text;
    evidence.emulator_ok = false;
    judge_boot(evidence, {}, "6.12.117 (a@b) #1", "mine");
    ReportFacts facts;
    facts.release = facts.version = facts.strategy = text;
    facts.whole = true;
    evidence.emulator_ok = true;
    evidence.console.clear();
    judge_boot(evidence, facts, text, text);
    return 0;
}
