// SPDX-License-Identifier: MIT
#include "kernels/debian_mirror.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>

#include "kernels/text.h"
#include "util/error.h"
#include "util/files.h"
#include "util/process.h"
#include "util/progress.h"

namespace stackshift {
namespace {

namespace fs = std::filesystem;

constexpr auto kKeyring = "/usr/share/keyrings/debian-archive-keyring.gpg";
constexpr auto kSourcePrefix = "linux-source-";
// A package of 160 MB, its tarball unpacked beside it, and the lists of a suite.
constexpr std::uintmax_t kFetchBytes = std::uintmax_t{1} << 30;
constexpr double kMebibyte = 1 << 20;

[[noreturn]] void refuse(const std::string& what) {
    throw Error(Exit::environment, what);
}

/// Where apt-get works for one suite.
class Apt {
  public:
    Apt(fs::path root, const std::string& mirror, const std::string& suite)
        : root_(std::move(root)), mirror_(mirror), suite_(suite) {
        for (const char* folder : {"lists/partial", "cache/archives/partial", "empty", "download"})
            make_directories(root_ / folder);
        write_file_atomically(root_ / "sources.list",
                              fmt::format("deb [signed-by={}] {} {} main\n", kKeyring, mirror, suite));
        write_file_atomically(root_ / "status", "");
    }

    fs::path download() const { return root_ / "download"; }
    fs::path log() const { return root_ / "apt.log"; }

    std::vector<std::string> command(const std::string& program, std::vector<std::string> words) const {
        std::vector<std::string> argv = {program, "-q"};
        const auto option = [&](const std::string& name, const std::string& value) {
            argv.insert(argv.end(), {"-o", name + "=" + value});
        };
        option("Dir::Etc::SourceList", (root_ / "sources.list").string());
        option("Dir::Etc::SourceParts", (root_ / "empty").string());
        option("Dir::Etc::PreferencesParts", (root_ / "empty").string());
        option("Dir::Etc::Preferences", (root_ / "empty/none").string());
        option("Dir::State", root_.string());
        option("Dir::State::Lists", (root_ / "lists").string());
        option("Dir::State::Status", (root_ / "status").string());
        option("Dir::Cache", (root_ / "cache").string());
        // The machine's own release is not among these sources, and would be refused.
        option("APT::Default-Release", "");
        option("Acquire::Languages", "none");
        option("Acquire::Retries", "3");
        // Else a list that could not be had is a warning.
        option("APT::Update::Error-Mode", "any");
        // As root, apt would become a user who may not write here.
        option("APT::Sandbox::User", "root");
        argv.insert(argv.end(), words.begin(), words.end());
        return argv;
    }

    /// Runs apt-get; false where this suite has not what was asked for.
    bool run_apt(std::vector<std::string> words, const std::function<void()>& tick) const {
        Command apt;
        apt.argv = command("apt-get", std::move(words));
        apt.directory = download();
        apt.variables = {{"LC_ALL", "C"}};
        apt.output = log();
        const ExitStatus status = run(apt, tick);
        if (status.ok()) return true;
        const std::string text = read_file_or(log(), "");
        switch (fetch_failure(text)) {
            case FetchFailure::no_such_suite:
                return false;
            case FetchFailure::unreachable:
                refuse(
                    fmt::format("the mirror {} does not answer: the kernel's source cannot be fetched; give "
                                "one with --kernel-source DIR (apt's log: {})",
                                mirror_, log().string()));
            case FetchFailure::bad_signature:
                refuse(
                    fmt::format("the signature of {} {} is not one of {}: nothing of it is used (apt's "
                                "log: {})",
                                mirror_, suite_, kKeyring, log().string()));
            case FetchFailure::disk_full:
                refuse(
                    fmt::format("no disk space left to fetch the kernel's source into {}", root_.string()));
            case FetchFailure::other:
                break;
        }
        refuse(fmt::format("apt-get cannot fetch from {} {} ({}), log: {}", mirror_, suite_,
                           status.describe(), log().string()));
    }

  private:
    fs::path root_;
    std::string mirror_;
    std::string suite_;
};

std::string find_mirror() {
    if (find_program("apt-get").empty())
        refuse("apt-get is missing, which fetches the kernel's source: give one with --kernel-source DIR");
    std::string mirror =
        mirror_of(capture({"apt-get", "indextargets", "--format", "$(REPO_URI)|$(RELEASE)|$(ORIGIN)"}));
    // Before the first `apt-get update`, as in a container's image, apt 3 tells no targets.
    if (mirror.empty()) mirror = mirror_of(targets_of_update(capture({"apt-get", "update", "--print-uris"})));
    if (mirror.empty())
        refuse(
            "no mirror of Debian in this machine's package sources (/etc/apt): the kernel's source cannot "
            "be fetched; give one with --kernel-source DIR");
    if (!fs::exists(kKeyring))
        refuse(
            fmt::format("{} is missing, so no signature could be checked: sudo apt-get install "
                        "debian-archive-keyring",
                        kKeyring));
    return mirror;
}

/// Size in bytes that `apt-get download --print-uris` tells: 'URI' FILE SIZE HASH.
double size_of(const std::string& uris) {
    std::vector<std::string> words;
    size_t at = 0;
    while (words.size() < 3 && at < uris.size()) {
        const size_t end = uris.find_first_of(" \n", at);
        words.push_back(uris.substr(at, end == std::string::npos ? end : end - at));
        if (end == std::string::npos) break;
        at = end + 1;
    }
    return words.size() < 3 ? 0 : std::strtod(words[2].c_str(), nullptr);
}

double bytes_in(const fs::path& folder) {
    std::error_code error;
    double bytes = 0;
    for (const auto& entry : fs::recursive_directory_iterator(folder, error)) {
        const std::uintmax_t size = entry.is_regular_file(error) ? entry.file_size(error) : 0;
        if (!error) bytes += static_cast<double>(size);
    }
    return bytes;
}

/// The tarball out of the package's file.
FetchedSource unpack_package(const std::string& package, const fs::path& deb, const fs::path& root) {
    const fs::path partial = root / "package.part";
    const fs::path tarball = root / (package + ".tar.xz");
    fs::remove_all(partial);
    capture({"dpkg-deb", "--extract", deb.string(), partial.string()});
    std::error_code error;
    fs::rename(partial / "usr/src" / (package + ".tar.xz"), tarball, error);
    if (error) refuse(fmt::format("{} holds no usr/src/{}.tar.xz", deb.filename().string(), package));
    const std::string version = first_line(capture({"dpkg-deb", "--field", deb.string(), "Version"}));
    fs::remove_all(partial);
    fs::remove_all(root / "apt");
    write_file_atomically(root / "source", fmt::format("{} {}\n", package, version));
    return {package, version, tarball};
}

fs::path place_of(const KernelBase& base, const fs::path& work) {
    return work / "debian" / base.name;
}

/// The package's file out of a suite; empty where it does not have it.
fs::path download(const Apt& apt, const std::string& package, Progress& progress) {
    std::string uris;
    try {
        uris = capture(apt.command("apt-get", {"download", "--print-uris", package}));
    } catch (const Error& error) {
        if (error.code != Exit::run_failed) throw;
        return {};
    }
    const double size = size_of(uris);
    const double before = bytes_in(apt.download());
    apt.run_apt({"download", package}, [&] {
        const double got = bytes_in(apt.download()) - before;
        if (size > 0)
            progress.update(std::min(got, size) / kMebibyte, size / kMebibyte, "MiB of " + package);
        else
            progress.busy("fetching " + package);
    });
    for (const auto& entry : fs::directory_iterator(apt.download()))
        if (entry.path().filename().string().starts_with(package + "_")) return entry.path();
    return {};
}

}  // namespace

std::string mirror_of(const std::string& targets) {
    std::string mirror;
    for (const std::string_view line : split_lines(targets)) {
        const size_t first = line.find('|');
        const size_t second = first == std::string_view::npos ? first : line.find('|', first + 1);
        if (second == std::string_view::npos) continue;
        const std::string uri(line.substr(0, first));
        const std::string_view release = line.substr(first + 1, second - first - 1);
        const bool archive = uri.ends_with("/debian/") || uri.ends_with("/debian");
        if (release.find("security") != std::string_view::npos || uri.find("security") != std::string::npos)
            continue;
        // Without lists apt does not know whose it is.
        const std::string_view origin = line.substr(second + 1);
        if (origin == "Debian") return uri;
        if (archive && mirror.empty()) mirror = uri;
    }
    return mirror;
}

std::string targets_of_update(const std::string& uris) {
    constexpr std::string_view kSuites = "/dists/";
    std::string targets;
    for (const std::string_view line : split_lines(uris)) {
        const size_t suite = line.find(kSuites);
        if (!line.starts_with('\'') || suite == std::string_view::npos) continue;
        const std::string_view rest = line.substr(suite + kSuites.size());
        targets += fmt::format("{}/|{}|\n", line.substr(1, suite - 1), rest.substr(0, rest.find('/')));
    }
    return targets;
}

FetchFailure fetch_failure(const std::string& log) {
    const auto says = [&](std::initializer_list<const char*> words) {
        return std::any_of(words.begin(), words.end(),
                           [&](const char* word) { return log.find(word) != std::string::npos; });
    };
    if (says({"No space left on device"})) return FetchFailure::disk_full;
    // Debian's reading of signatures, by gpgv and by sqv.
    if (says({"GPG error", "NO_PUBKEY", "BADSIG", "EXPKEYSIG", "signatures were invalid", "is not signed",
              "OpenPGP signature verification failed", "signatures couldn't be verified"}))
        return FetchFailure::bad_signature;
    if (says({"Could not resolve", "Temporary failure resolving", "Could not connect", "Unable to connect",
              "Connection refused", "Connection timed out", "Network is unreachable", "Connection failed",
              "Could not handshake"}))
        return FetchFailure::unreachable;
    if (says({"does not have a Release file", "404  Not Found"})) return FetchFailure::no_such_suite;
    return FetchFailure::other;
}

std::string newest_source_package(const std::string& found) {
    std::pair<long, long> newest = {0, 0};
    std::string package;
    for (const std::string_view line : split_lines(found)) {
        const std::string name(line.substr(0, line.find(' ')));
        if (!name.starts_with(kSourcePrefix)) continue;
        const std::string numbers = name.substr(std::string(kSourcePrefix).size());
        if (!is_base_name(numbers) || base_order(numbers) <= newest) continue;
        newest = base_order(numbers);
        package = name;
    }
    return package;
}

std::optional<FetchedSource> fetched_source(const KernelBase& base, const fs::path& work) {
    const std::string record = first_line(read_file_or(place_of(base, work) / "source", ""));
    const size_t blank = record.find(' ');
    if (blank == std::string::npos) return std::nullopt;
    FetchedSource source{record.substr(0, blank), record.substr(blank + 1), {}};
    source.tarball = place_of(base, work) / (source.package + ".tar.xz");
    if (!fs::exists(source.tarball)) return std::nullopt;
    return source;
}

FetchedSource fetch_source(const KernelBase& base, const fs::path& work) {
    const std::string mirror = find_mirror();
    const fs::path root = place_of(base, work);
    make_directories(root);
    require_disk_space(root, kFetchBytes, "the kernel's source package");
    Progress progress(fmt::format("kernel source {}", base.name));
    std::vector<std::string> others;
    for (const std::string& suite : base.suites) {
        const Apt apt(root / "apt" / suite, mirror, suite);
        if (!apt.run_apt({"update"}, [&] { progress.busy("lists of " + suite); })) continue;
        const fs::path deb = download(apt, base.package, progress);
        if (!deb.empty()) return unpack_package(base.package, deb, root);
        others.push_back(suite);
    }
    for (const std::string& suite : others) {
        const Apt apt(root / "apt" / suite, mirror, suite);
        const std::string newest = newest_source_package(
            capture(apt.command("apt-cache", {"search", "--names-only", "^linux-source-[0-9.]+$"})));
        const fs::path deb = newest.empty() ? fs::path() : download(apt, newest, progress);
        if (!deb.empty()) return unpack_package(newest, deb, root);
    }
    refuse(fmt::format("{} has no {}, nor a newer one, in {}: give its source with --kernel-source DIR",
                       mirror, base.package, fmt::join(base.suites, ", ")));
}

}  // namespace stackshift
