// SPDX-License-Identifier: MIT
// What a run keeps of itself for --resume and list --timings: boots, guests, a kernel's record, timings.
#include <cstdint>

#include "boot/journal.h"
#include "check/kept.h"
#include "fuzz/fuzz.h"
#include "kernels/record.h"
#include "run/timings.h"

using namespace stackshift;

namespace {

BootKey key() {
    BootKey key;
    key.strategy = "mine";
    key.seed = 1;
    return key;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text = fuzz::text_of(data, size);
    static const fuzz::InputFile boot("mine.json");
    boot.holding(text);
    if (kept_boot(boot.directory(), "mine", key())) ++fuzz::accepted;
    if (kept_guest(boot.directory(), "mine", key())) ++fuzz::accepted;
    static const fuzz::InputFile record("kernel.json");
    record.holding(text);
    load_kernel(record.directory(), "key");
    static const fuzz::InputFile timings("timings.json");
    timings.holding(text);
    Timings::load(timings.directory()).text();
    return 0;
}
