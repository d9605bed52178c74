// SPDX-License-Identifier: MIT
// What perf script prints.
#include <cstdint>

#include "fuzz/fuzz.h"
#include "host/perf_script.h"

using namespace stackshift;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text = fuzz::text_of(data, size);
    const ExecSamples samples = share_out(parse_perf_script(text));
    fuzz::require(samples.in_exec <= samples.all, "more samples in execs than there are");
    if (samples.in_exec > 0) ++fuzz::accepted;
    return 0;
}
