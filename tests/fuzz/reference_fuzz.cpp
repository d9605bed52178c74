// SPDX-License-Identifier: MIT
// A committed reference.
#include <cstdint>

#include "fuzz/fuzz.h"
#include "gate/reduced.h"
#include "gate/reference.h"
#include "results/load.h"
#include "results/parse.h"

using namespace stackshift;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text = fuzz::text_of(data, size);
    fuzz::reads("FILE", [&] {
        const NamedReference reference{"FILE", result_from(parse_json(text, "FILE"), "FILE")};
        const ReferenceSetting setting = setting_of(reference.result);
        fuzz::require(differences(setting, setting).empty(), "a setting differs from itself");
        fuzz::require(mismatches(without_samples(reference.result), reference.result).empty(),
                      "a reference does not match itself");
        fuzz::reads("", [&] { reference_name(reference.result); });
        fuzz::reads("", [&] { make_reference(reference.result, setting.source); });
        fuzz::reads("", [&] { choose_reference({reference}, setting); });
    });
    return 0;
}
