// SPDX-License-Identifier: MIT
// How large the patches are that a result names.
#include <fmt/format.h>

#include <algorithm>

#include "commands/command.h"
#include "kernels/diffstat.h"
#include "kernels/kernel_base.h"
#include "util/files.h"

namespace stackshift {
namespace {

/// What all strategies have: helpers and stamps.
KernelInfo common_of(const KernelInfo& kernel) {
    KernelInfo common = kernel;
    std::erase_if(common.patches,
                  [](const PatchInfo& patch) { return !patch.file.starts_with("kernels/patches/common/"); });
    return common;
}

}  // namespace

PatchSize size_of_series(const KernelInfo& kernel, const KernelInfo* baseline, const KernelPlaces& places) {
    std::vector<PatchFile> series;
    for (const PatchInfo& patch : kernel.patches) {
        const auto is_same = [&](const PatchInfo& other) { return other.sha256 == patch.sha256; };
        if (baseline != nullptr && std::any_of(baseline->patches.begin(), baseline->patches.end(), is_same))
            continue;
        // "kernels/patches/NAME/FILE" or "kernels/patches/NAME/BASE/FILE"
        const std::filesystem::path file =
            places.patches / std::filesystem::path(patch.file).lexically_relative("kernels/patches");
        if (read_file_or(file, "").empty() || sha256_file(file) != patch.sha256)
            return {kernel.strategy,
                    fmt::format("not known: {} is not the patch that was measured", patch.file),
                    {}};
        series.push_back({file, patch.file, read_file(file)});
    }
    if (series.empty()) return {kernel.strategy, "no patches of its own", {}};
    const std::vector<FileChange> changes = diffstat(series);
    return {
        kernel.strategy,
        fmt::format("{} patch{}, {}", series.size(), series.size() == 1 ? "" : "es", change_text(changes)),
        change_lines(changes)};
}

std::vector<PatchSize> sizes_of(const Evidence& evidence, const CommandContext& context) {
    std::vector<KernelInfo> kernels;
    for (const Result& result : evidence.exact)
        kernels.insert(kernels.end(), result.kernels.begin(), result.kernels.end());
    for (const CheckResult& check : evidence.checks)
        kernels.insert(kernels.end(), check.kernels.begin(), check.kernels.end());
    const KernelPlaces places = kernel_places({}, find_places(context.work));
    std::vector<PatchSize> sizes;
    for (KernelInfo& kernel : kernels) {
        kernel.strategy = split_kernel_name(kernel.strategy).first;
        const bool known = std::any_of(sizes.begin(), sizes.end(), [&](const PatchSize& size) {
            return size.strategy == kernel.strategy;
        });
        if (known || !kernel.commit.empty()) continue;
        const KernelInfo common = common_of(kernel);
        sizes.push_back(size_of_series(kernel, &common, places));
    }
    return sizes;
}

}  // namespace stackshift
