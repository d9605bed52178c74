// SPDX-License-Identifier: MIT
// kernels/bases/NAME.
#include <cstdint>

#include "fuzz/fuzz.h"
#include "kernels/kernel_base.h"

using namespace stackshift;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text = fuzz::text_of(data, size);
    fuzz::reads("kernels/bases/7.3", [&] { parse_base(text, "7.3"); });
    return 0;
}
