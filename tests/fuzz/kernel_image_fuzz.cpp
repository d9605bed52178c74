// SPDX-License-Identifier: MIT
// A bzImage that somebody gives (--kernel NAME=IMAGE).
#include <cstdint>

#include "fuzz/fuzz.h"
#include "kernels/image.h"
#include "kernels/name_field.h"

using namespace stackshift;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text = fuzz::text_of(data, size);
    static const fuzz::InputFile file("bzImage");
    fuzz::reads("bzImage", [&] { image_version(file.holding(text)); });
    fuzz::reads("", [&] {
        std::string image = text;
        write_strategy_name(image, "mine");
    });
    return 0;
}
