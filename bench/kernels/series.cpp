// SPDX-License-Identifier: MIT
#include "kernels/series.h"

#include "kernels/lock.h"
#include "kernels/source.h"
#include "kernels/strategy_folder.h"
#include "util/error.h"
#include "util/files.h"
#include "util/process.h"

namespace stackshift {

std::vector<PatchFile> read_series(const Strategy& strategy) {
    std::vector<PatchFile> series;
    for (const std::filesystem::path& path : strategy.patches) {
        series.push_back({path, folder_label(path), read_file(path)});
        touched_files(series.back());
    }
    return series;
}

SeriesTrial try_series(const KernelPlaces& places, const KernelBase& base, const Strategy& strategy) {
    SeriesTrial trial;
    const std::vector<PatchFile> series = read_series(strategy);
    if (find_program("patch").empty()) {
        trial.reason = "GNU patch is missing; install it with `sudo apt-get install patch`";
        return trial;
    }
    try {
        const std::filesystem::path work = places.build / ".work";
        const KernelSource source = find_source(places.source, base, work, Fetch::no);
        const BuildLock lock(work / "lock");
        const PatchedTree tree = prepare_source(source, work);
        trial.version = base_version(tree);
        tree.try_apply(series, trial.version);
        trial.verdict = SeriesTrial::Verdict::applies;
    } catch (const Error& error) {
        if (error.code != Exit::environment && error.code != Exit::run_failed) throw;
        const bool tried = !trial.version.empty() && error.code == Exit::run_failed;
        if (tried) trial.verdict = SeriesTrial::Verdict::does_not_apply;
        trial.reason = error.what();
    }
    return trial;
}

}  // namespace stackshift
