// SPDX-License-Identifier: MIT
// A fragment of a kernel's configuration; what is accepted can be held against itself.
#include <cstdint>

#include "fuzz/fuzz.h"
#include "kernels/config.h"

using namespace stackshift;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text = fuzz::text_of(data, size);
    fuzz::reads("FILE", [&] {
        const std::vector<ConfigOption> options = merge_configs({}, parse_config(text, "FILE"));
        const std::string rendered = render_config(options);
        parse_config(rendered, "FILE");
        ConfigChoice choice(options);
        // Kconfig is asked once per step; some are enough.
        for (int step = 0; step < 3 && choice.advance(rendered); ++step)
            dropped_options(choice.asked(), rendered);
        choice.intents();
        config_value(text, "CONFIG_SMP");
    });
    return 0;
}
