// SPDX-License-Identifier: MIT
#include "gate/pairing.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "boot/machine.h"
#include "report/comparable.h"
#include "util/error.h"
#include "util/nearest.h"
#include "util/pattern.h"

namespace stackshift {
namespace {

std::vector<std::string> names_of(const Result& result) {
    std::vector<std::string> names;
    for (const KernelInfo& kernel : result.kernels) names.push_back(kernel.strategy);
    return names;
}

bool has(const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

void require_name(const std::vector<std::string>& names, const std::string& name, const char* kind) {
    if (!has(names, name)) throw Error(Exit::usage, unknown_name_message(kind, name, names));
}

/// One commit each: a gate of a tree, whose kernels are called by their commits.
bool are_two_commits(const Result& baseline, const Result& found) {
    return baseline.kernels.size() == 1 && found.kernels.size() == 1 && !baseline.kernels[0].commit.empty() &&
           !found.kernels[0].commit.empty();
}

std::vector<std::string> wanted_names(const Result& baseline, const PairingRequest& request) {
    if (!request.strategies.empty()) return request.strategies;
    return request.pairs.empty() ? names_of(baseline) : std::vector<std::string>();
}

[[noreturn]] void differ(const std::string& field, const std::string& expected, const std::string& found) {
    const auto quoted = [](const std::string& value) {
        return value.empty() ? std::string("not there") : '"' + value + '"';
    };
    throw Error(Exit::incomparable,
                fmt::format("cannot hold the result against the baseline: {} is {} in the baseline and {} in "
                            "the result (a new baseline: gate --update)",
                            field, quoted(expected), quoted(found)));
}

void require_same(const std::string& field, const std::string& expected, const std::string& found) {
    if (expected != found) differ(field, expected, found);
}

bool same_patches(const KernelInfo& a, const KernelInfo& b) {
    return std::equal(a.patches.begin(), a.patches.end(), b.patches.begin(), b.patches.end(),
                      [](const PatchInfo& x, const PatchInfo& y) { return x.sha256 == y.sha256; });
}

/// Files from before intents were recorded have none.
void require_same_intents(const std::string& place, const KernelInfo& expected, const KernelInfo& found) {
    for (const ConfigIntent& a : expected.intents) {
        for (const ConfigIntent& b : found.intents) {
            if (a.asked == b.asked)
                require_same(fmt::format("{}intents ({})", place, a.asked), a.became, b.became);
        }
    }
}

void require_same_kernel_setting(const KernelInfo& expected, const KernelInfo& found) {
    const std::string place = fmt::format("kernels.{}.", expected.strategy);
    require_same(place + "base", release_of(expected.base), release_of(found.base));
    require_same(place + "config", expected.config, found.config);
    require_same(place + "compiler", expected.compiler, found.compiler);
    require_same_intents(place, expected, found);
    // A patch or a commit may bring options of its own; the same code may not.
    if (same_patches(expected, found) && expected.commit == found.commit)
        require_same(place + "config_sha256", expected.config_sha256, found.config_sha256);
}

}  // namespace

Pairing pair_kernels(const Result& baseline, const Result& found, const PairingRequest& request) {
    const std::vector<std::string> expected_names = names_of(baseline);
    const std::vector<std::string> found_names = names_of(found);
    Pairing pairing;
    for (const std::string& name : request.strategies)
        require_name(expected_names, name, "kernel of the baseline");
    for (const KernelPair& pair : request.pairs) {
        require_name(expected_names, pair.expected, "kernel of the baseline");
        require_name(found_names, pair.found, "kernel of the result");
        pairing.pairs.push_back(pair);
    }
    if (request.strategies.empty() && request.pairs.empty() && are_two_commits(baseline, found)) {
        pairing.pairs.push_back({expected_names[0], found_names[0]});
        return pairing;
    }
    for (const std::string& name : wanted_names(baseline, request)) {
        if (has(found_names, name)) {
            pairing.pairs.push_back({name, name});
        } else {
            pairing.missing.push_back(name);
        }
    }
    for (const std::string& name : found_names) {
        if (std::none_of(pairing.pairs.begin(), pairing.pairs.end(),
                         [&](const KernelPair& pair) { return pair.found == name; }))
            pairing.extra.push_back(name);
    }
    if (pairing.pairs.empty()) {
        throw Error(Exit::incomparable,
                    fmt::format("kernels: none is in both: {} in the baseline, {} in the result "
                                "(--pair FOUND=EXPECTED where names differ)",
                                fmt::join(expected_names, ", "), fmt::join(found_names, ", ")));
    }
    return pairing;
}

const KernelInfo* find_kernel(const Result& result, const std::string& strategy) {
    for (const KernelInfo& kernel : result.kernels) {
        if (kernel.strategy == strategy) return &kernel;
    }
    return nullptr;
}

std::string release_of(const std::string& version) {
    static const Pattern release(R"(^(\d+\.\d+(\.\d+)?(-rc\d+)?))");
    const std::vector<std::string> groups = release.groups(version);
    return groups.empty() ? version : groups[1];
}

void require_same_setting(const Result& baseline, const Result& found, const std::vector<KernelPair>& pairs) {
    const RunInfo& a = baseline.run;
    const RunInfo& b = found.run;
    require_same("run.instrument", std::string(to_string(a.instrument)),
                 std::string(to_string(b.instrument)));
    require_same("run.profile", a.profile, b.profile);
    for (const KernelPair& pair : pairs) {
        const KernelInfo* expected = find_kernel(baseline, pair.expected);
        const KernelInfo* other = find_kernel(found, pair.found);
        if (expected && other) require_same_kernel_setting(*expected, *other);
    }
    if (a.instrument == Instrument::clock) {
        require_same("environment.cpu", environment_text(baseline, "cpu"), environment_text(found, "cpu"));
        // Guests' times beside those of a machine's own kernel.
        require_same("environment.accel", environment_text(baseline, "accel"),
                     environment_text(found, "accel"));
        require_same("run.guest_sha256", a.guest_sha256, b.guest_sha256);
        return;
    }
    const std::string emulator = environment_text(baseline, "emulator");
    const std::string other = environment_text(found, "emulator");
    if (!count_alike(emulator, other)) differ("environment.emulator", emulator, other);
    require_comparable({baseline, found});
}

}  // namespace stackshift
