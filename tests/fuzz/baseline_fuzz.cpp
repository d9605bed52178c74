// SPDX-License-Identifier: MIT
// A baseline: a result that the gate holds itself against, and that is updated.
#include <cstdint>

#include "fuzz/fuzz.h"
#include "gate/baseline.h"
#include "gate/gate.h"
#include "gate/gate_text.h"
#include "results/load.h"
#include "results/parse.h"

using namespace stackshift;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text = fuzz::text_of(data, size);
    fuzz::reads("FILE", [&] {
        const Result baseline = result_from(parse_json(text, "FILE"), "FILE");
        last_reason(baseline);
        fuzz::reads("", [&] { gate_text(judge(baseline, baseline, {}), true); });
        fuzz::reads("", [&] { make_baseline(baseline, &baseline, "because", "2026-01-01T00:00:00Z"); });
    });
    return 0;
}
