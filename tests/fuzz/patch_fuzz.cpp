// SPDX-License-Identifier: MIT
// A patch file, and what GNU patch says of it.
#include <cstdint>

#include "fuzz/fuzz.h"
#include "kernels/diffstat.h"
#include "kernels/patch.h"

using namespace stackshift;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text = fuzz::text_of(data, size);
    fuzz::reads("FILE", [&] {
        const PatchFile patch{"FILE", "FILE", text};
        touched_files(patch);
        change_lines(diffstat({patch}));
    });
    patch_failure(text, "6.12.117");
    change_text(read_numstat(text));
    return 0;
}
