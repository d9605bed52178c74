// SPDX-License-Identifier: MIT
// The result file of a conformance run.
#include <cstdint>

#include "check/result.h"
#include "fuzz/fuzz.h"
#include "results/parse.h"

using namespace stackshift;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text = fuzz::text_of(data, size);
    fuzz::reads("FILE", [&] {
        const std::string written = to_json(check_result_from(parse_json(text, "FILE"), "FILE"));
        fuzz::require(to_json(check_result_from(parse_json(written, "FILE"), "FILE")) == written,
                      "what was written is read otherwise");
    });
    return 0;
}
