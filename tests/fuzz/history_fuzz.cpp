// SPDX-License-Identifier: MIT
// A folder of results as a history: the same result twice has no step.
#include <cstdint>

#include "fuzz/fuzz.h"
#include "gate/history.h"
#include "gate/history_text.h"
#include "gate/reduced.h"
#include "results/load.h"
#include "results/parse.h"

using namespace stackshift;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text = fuzz::text_of(data, size);
    fuzz::reads("FILE", [&] {
        const Result result = summaries_of(result_from(parse_json(text, "FILE"), "FILE"));
        const HistoryFiles files{{result, result}, {}};
        history_text(history_of(files, {}), true);
    });
    return 0;
}
