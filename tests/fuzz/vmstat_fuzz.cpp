// SPDX-License-Identifier: MIT
// A text as /proc/vmstat has it.
#include <cstdint>

#include "exec/chain.h"
#include "fuzz/fuzz.h"

using namespace stackshift;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text = fuzz::text_of(data, size);
    for (const char* name : {"pgfault", "nr_tlb_local_flush_all", ""}) {
        if (vmstat_value(text, name)) ++fuzz::accepted;
    }
    return 0;
}
