// SPDX-License-Identifier: MIT
// A result file. What is accepted can be written and is the same when it is read again.
#include <cstdint>

#include "fuzz/fuzz.h"
#include "results/load.h"
#include "results/parse.h"
#include "results/save.h"

using namespace stackshift;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text = fuzz::text_of(data, size);
    fuzz::reads("FILE", [&] {
        const std::string written = to_json(result_from(parse_json(text, "FILE"), "FILE"));
        fuzz::require(to_json(result_from(parse_json(written, "FILE"), "FILE")) == written,
                      "what was written is read otherwise");
    });
    return 0;
}
