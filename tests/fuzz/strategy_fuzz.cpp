// SPDX-License-Identifier: MIT
// kernels/patches/NAME/strategy, its declarations among it, and the same file of a base.
#include <cstdint>

#include "fuzz/fuzz.h"
#include "kernels/strategy_file.h"

using namespace stackshift;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text = fuzz::text_of(data, size);
    fuzz::reads("FILE", [&] { parse_strategy_file(text, "FILE"); });
    fuzz::reads("FILE", [&] { parse_port_file(text, "FILE"); });
    return 0;
}
