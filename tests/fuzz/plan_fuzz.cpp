// SPDX-License-Identifier: MIT
// A plan, as a guest reads it, and the attributes of its events.
#include <cstdint>

#include "counters/event.h"
#include "fuzz/fuzz.h"
#include "matrix/plan.h"

using namespace stackshift;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text = fuzz::text_of(data, size);
    Plan plan;
    std::string problem;
    if (!parse_plan(text, plan, problem)) return 0;
    ++fuzz::accepted;
    Plan again;
    fuzz::require(parse_plan(plan.text(), again, problem) && again.text() == plan.text(),
                  "what was written is read otherwise");
    for (const PlannedEvent& event : plan.events) {
        perf_event_attr attr = {};
        decode_attr(event.encoding, attr);
    }
    return 0;
}
