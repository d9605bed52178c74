// SPDX-License-Identifier: MIT
// What make prints while it builds a kernel.
#include <cstdint>

#include "fuzz/fuzz.h"
#include "kernels/make.h"
#include "kernels/source.h"

using namespace stackshift;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text = fuzz::text_of(data, size);
    if (!build_errors(text).empty()) ++fuzz::accepted;
    too_old_tool(text);
    makefile_version(text);
    return 0;
}
