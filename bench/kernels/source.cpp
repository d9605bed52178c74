// SPDX-License-Identifier: MIT
#include "kernels/source.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "kernels/debian_mirror.h"
#include "kernels/text.h"
#include "util/error.h"
#include "util/files.h"
#include "util/process.h"
#include "util/progress.h"

namespace stackshift {
namespace {

namespace fs = std::filesystem;

// 1.7 GiB of source and 0.2 GiB of objects for each configuration; twice that, because ccache keeps copies
// and a second configuration is common.
constexpr std::uintmax_t kUnpackedBytes = std::uintmax_t{4} << 30;
constexpr double kMebibyte = 1 << 20;

/// Version of the installed package, or empty (not installed, or not a Debian system).
std::string package_version(const std::string& package) {
    try {
        return std::string(trim(capture({"dpkg-query", "-W", "-f", "${Version}", package})));
    } catch (const Error& error) {
        if (error.code != Exit::run_failed && error.code != Exit::environment) throw;
        return {};
    }
}

/// The base's package: installed, fetched before, or fetched now.
FetchedSource find_package(const KernelBase& base, const fs::path& work, Fetch fetch,
                           const fs::path& folder) {
    const fs::path tarball = folder / (base.package + ".tar.xz");
    if (fs::exists(tarball)) return {base.package, package_version(base.package), tarball};
    if (auto fetched = fetched_source(base, work)) return *fetched;
    if (!base.suites.empty() && fetch == Fetch::yes) return fetch_source(base, work);
    throw Error(Exit::environment,
                fmt::format("no kernel source: {} is missing; {} or give one with --kernel-source DIR",
                            tarball.string(),
                            base.suites.empty()
                                ? fmt::format("install it with `sudo apt-get install {}`", base.package)
                                : fmt::format("`./run.sh kernels --base {}` fetches it", base.name)));
}

KernelSource debian_source(const KernelBase& base, const FetchedSource& package) {
    KernelSource source;
    source.tarball = package.tarball;
    const std::string& version = package.version;
    if (version.empty()) {
        const auto changed = fs::last_write_time(package.tarball).time_since_epoch().count();
        source.content = fmt::format("tarball {} {}", fs::file_size(package.tarball), changed);
        source.id = "tarball-" + sha256(source.content).substr(0, 12);
    } else {
        source.content = fmt::format("{} {}", package.package, version);
        // make and the shell read ~ and : in their own way.
        source.id = "debian-" + version;
        for (char& c : source.id) {
            if (c == '~' || c == ':') c = '_';
        }
    }
    source.pinned = package.package == base.package && version == base.version;
    if (!source.pinned) {
        source.note =
            fmt::format("kernel source is {} {}, not {}: reference results of that one do not apply",
                        package.package, version.empty() ? "of unknown version" : version, base.version);
    }
    if (package.package != base.package)
        source.note += fmt::format(", and patches for {} may not apply", base.name);
    return source;
}

/// Throws unless it is a kernel source in which nothing has been built: such a tree refuses make O=.
void check_directory(const fs::path& directory) {
    if (!fs::is_directory(directory)) {
        throw Error(Exit::usage, fmt::format("kernel source {} is no directory", directory.string()));
    }
    const std::string version = makefile_version(read_file_or(directory / "Makefile", ""));
    if (version.empty() || !fs::exists(directory / "Kconfig") ||
        !fs::exists(directory / "arch/x86/Makefile")) {
        throw Error(Exit::usage,
                    fmt::format("{} is no kernel source (no kernel Makefile, Kconfig, arch/x86 in it)",
                                directory.string()));
    }
    for (const char* leftover : {".config", "include/config", "arch/x86/include/generated"}) {
        if (!fs::exists(directory / leftover)) continue;
        throw Error(Exit::usage,
                    fmt::format("{0} has been built in ({1} is there): run `make -C {0} mrproper`, which "
                                "deletes its .config, or give a clean copy",
                                directory.string(), leftover));
    }
}

KernelSource user_source(const fs::path& given) {
    KernelSource source;
    std::error_code error;
    source.directory = fs::canonical(given, error);
    if (error) {
        throw Error(Exit::usage, fmt::format("kernel source {}: {}", given.string(), error.message()));
    }
    check_directory(source.directory);
    source.id = "dir-" + sha256(source.directory.string()).substr(0, 12);
    source.entries = scan_source(source.directory);
    source.content = fingerprint(source.entries);
    source.note =
        fmt::format("kernel source is {}: the reference results do not apply", source.directory.string());
    return source;
}

/// Uncompressed size as the .xz index has it, or 0.
double unpacked_size(const fs::path& tarball) {
    try {
        const std::string listing = capture({"xz", "--robot", "--list", tarball.string()});
        const auto totals = listing.find("totals\t");
        if (totals == std::string::npos) return 0;
        // totals, streams, blocks, compressed, uncompressed: xz(1), "Robot mode".
        size_t field = totals;
        for (int i = 0; i < 4; ++i) field = listing.find('\t', field) + 1;
        return std::strtod(listing.c_str() + field, nullptr);
    } catch (const Error& error) {
        if (error.code != Exit::run_failed) throw;
        return 0;
    }
}

/// The number after the last "at " in tar's checkpoint messages: records of 10 KiB.
double unpacked_so_far(const fs::path& log) {
    const std::string text = read_file_or(log, "");
    const auto at = text.rfind("at ");
    return at == std::string::npos ? 0 : std::strtod(text.c_str() + at + 3, nullptr) * 10240;
}

void unpack(const fs::path& tarball, const fs::path& root) {
    const fs::path partial = root / "src.part";
    const fs::path log = root / "unpack.log";
    Progress progress("kernel source");
    fs::remove_all(partial);
    make_directories(partial);
    const double total = unpacked_size(tarball);
    Command command;
    // -T0: Debian's tarball has many blocks, which unpack side by side.
    command.argv = {"tar",
                    "--extract",
                    "--file=" + tarball.string(),
                    "--use-compress-program=xz -T0",
                    "--strip-components=1",
                    "--directory=" + partial.string(),
                    "--no-same-owner",
                    "--no-same-permissions",
                    "--checkpoint=500",
                    "--checkpoint-action=echo=at %u"};
    command.variables = {{"LC_ALL", "C"}};
    command.output = log;
    const ExitStatus status = run(command, [&] {
        if (total > 0) {
            progress.update(std::min(unpacked_so_far(log), total) / kMebibyte, total / kMebibyte,
                            "MiB unpacked");
        } else {
            progress.busy("unpacking");
        }
    });
    if (!status.ok()) {
        const std::string text = read_file_or(log, "");
        fs::remove_all(partial);
        if (text.find("No space left") != std::string::npos) {
            throw Error(Exit::environment, fmt::format("no disk space left to unpack {}", tarball.string()));
        }
        throw Error(Exit::run_failed, fmt::format("cannot unpack {} ({}), see {}", tarball.string(),
                                                  status.describe(), log.string()));
    }
    std::error_code error;
    fs::rename(partial, root / "src", error);
    if (error) {
        throw Error(Exit::environment,
                    fmt::format("cannot make {}: {}", (root / "src").string(), error.message()));
    }
}

}  // namespace

std::string makefile_version(const std::string& makefile) {
    std::string version;
    std::string patchlevel;
    std::string sublevel;
    std::string extra;
    for (const std::string_view line : split_lines(makefile)) {
        const auto equals = line.find('=');
        if (equals == std::string_view::npos) continue;
        const std::string_view name = trim(line.substr(0, equals));
        const std::string value(trim(line.substr(equals + 1)));
        if (name == "VERSION") version = value;
        if (name == "PATCHLEVEL") patchlevel = value;
        if (name == "SUBLEVEL") sublevel = value;
        if (name == "EXTRAVERSION") {
            extra = value;
            break;  // the last of the four; below, the same names may be assigned otherwise
        }
    }
    if (version.empty() || patchlevel.empty() || sublevel.empty()) return {};
    return fmt::format("{}.{}.{}{}", version, patchlevel, sublevel, extra);
}

std::string base_version(const PatchedTree& tree) {
    return makefile_version(read_file_or(tree.original("Makefile"), ""));
}

KernelSource find_source(const fs::path& directory, const KernelBase& base, const fs::path& work, Fetch fetch,
                         const fs::path& folder) {
    if (!directory.empty()) return user_source(directory);
    return debian_source(base, find_package(base, work, fetch, folder));
}

KernelBase base_of_directory(const fs::path& directory, const std::vector<KernelBase>& bases) {
    check_directory(directory);
    return nearest_base(bases, makefile_version(read_file_or(directory / "Makefile", "")));
}

PatchedTree prepare_source(const KernelSource& source, const fs::path& work) {
    const fs::path root = work / source.id;
    make_directories(root);
    remove_half_written(root);
    if (!fs::exists(root / "src/Makefile")) {
        require_disk_space(root, kUnpackedBytes, "the kernel's source and its objects");
    }
    if (source.directory.empty()) {
        if (!fs::exists(root / "src")) unpack(source.tarball, root);
        return PatchedTree(root);
    }
    PatchedTree tree(root);
    Progress progress("kernel source");
    mirror_source(
        source.directory, source.entries, tree, root / "mirror.index", [&](size_t done, size_t total) {
            progress.update(static_cast<double>(done), static_cast<double>(total), "files looked at");
        });
    return tree;
}

}  // namespace stackshift
