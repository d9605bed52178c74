// SPDX-License-Identifier: MIT
#include "kernels/make.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <span>

#include "kernels/text.h"
#include "util/error.h"
#include "util/files.h"
#include "util/pattern.h"
#include "util/process.h"
#include "util/progress.h"

namespace stackshift {
namespace {

namespace fs = std::filesystem;

constexpr size_t kShownErrors = 8;
// Of a log; what a compiler says of macros can have any length.
constexpr size_t kLongestLine = 300;
// What a whole build of bench.config takes (measured); other configurations tell after their first.
constexpr auto kStepsAtFirst = "1500";

struct Tool {
    const char* program;
    const char* package;
    const char* option;  ///< needed where this option is on; nullptr: always
};

constexpr Tool kTools[] = {
    {"make", "make", nullptr},
    {"gcc", "gcc", nullptr},
    {"ld", "binutils", nullptr},
    {"ccache", "ccache", nullptr},
    {"flex", "flex", nullptr},
    {"bison", "bison", nullptr},
    {"bc", "bc", nullptr},
    {"perl", "perl", nullptr},
    {"patch", "patch", nullptr},
    {"tar", "tar", nullptr},
    {"xz", "xz-utils", nullptr},
    {"lz4", "lz4", "CONFIG_KERNEL_LZ4"},
    {"zstd", "zstd", "CONFIG_KERNEL_ZSTD"},
};

// What bindeb-pkg runs: scripts/package/ of the kernel.
constexpr Tool kPackageTools[] = {
    {"dpkg-buildpackage", "dpkg-dev", nullptr},
    {"dh_builddeb", "debhelper", nullptr},
    {"rsync", "rsync", nullptr},
    {"cpio", "cpio", nullptr},
    {"depmod", "kmod", "CONFIG_MODULES"},
};

/// The environment of make: only what is named here, because KCFLAGS, ARCH, CROSS_COMPILE, LLVM, CPATH and
/// many more would make another kernel without a word.
std::vector<std::string> clean_environment(const KernelMake& make) {
    std::vector<std::string> words = {"env", "-i"};
    const auto pass = [&](const char* name, const std::string& otherwise) {
        const char* value = std::getenv(name);
        if (value != nullptr || !otherwise.empty()) {
            words.push_back(fmt::format("{}={}", name, value != nullptr ? value : otherwise.c_str()));
        }
    };
    pass("PATH", "/usr/bin:/bin");
    pass("HOME", "");
    pass("TMPDIR", "");
    pass("CCACHE_DIR", make.ccache.string());
    for (const char* name : {"CCACHE_CONFIGPATH", "CCACHE_DISABLE", "CCACHE_MAXSIZE", "CCACHE_TEMPDIR"}) {
        pass(name, "");
    }
    words.insert(words.end(),
                 {
                     // tools/objtool is built by absolute paths.
                     "CCACHE_BASEDIR=" + make.source.string(),
                     "CCACHE_NOHASHDIR=1",
                     // Trusts the dependency file of the compilation instead of preprocessing first: a cold
                     // build is a sixth shorter.
                     "CCACHE_DEPEND=1",
                     "LC_ALL=C",
                     "TZ=UTC",
                     // What the kernel says of its making: Documentation/kbuild/reproducible-builds.rst.
                     "KBUILD_BUILD_USER=stackshift",
                     "KBUILD_BUILD_HOST=stackshift",
                     "KBUILD_BUILD_TIMESTAMP=Thu Jan  1 00:00:00 UTC 2026",
                     "KBUILD_BUILD_VERSION=1",
                     "SOURCE_DATE_EPOCH=1767225600",
                     // Set though empty: else a "+" is added in a git checkout.
                     "LOCALVERSION=",
                 });
    return words;
}

std::vector<std::string> make_command(const KernelMake& make) {
    std::vector<std::string> words = clean_environment(make);
    words.insert(words.end(), {"make", "-C", make.source.string(), "O=" + make.objects.string(),
                               "ARCH=x86_64", "CC=ccache gcc", "HOSTCC=ccache gcc"});
    return words;
}

bool has_header(const char* header) {
    Command command;
    command.argv = {"gcc", "-E", "-x", "c", "-include", header, "/dev/null"};
    return run(command).ok();
}

/// depmod is where an ordinary user's PATH does not lead, and the kernel's makefiles look there themselves.
bool is_installed(const std::string& program) {
    return !find_program(program).empty() || fs::exists("/sbin/" + program);
}

/// Names all that is missing in one message.
void require_tools(const char* purpose, const std::vector<ConfigOption>& options, std::span<const Tool> tools,
                   std::span<const Tool> more) {
    std::vector<std::string> missing;
    std::vector<std::string> packages;
    const auto is_on = [&](const char* name) {
        return std::any_of(options.begin(), options.end(), [&](const ConfigOption& option) {
            return option.name == name && option.value == "y";
        });
    };
    for (const std::span<const Tool> list : {tools, more}) {
        for (const Tool& tool : list) {
            if (tool.option != nullptr && !is_on(tool.option)) continue;
            if (is_installed(tool.program)) continue;
            missing.emplace_back(tool.program);
            packages.emplace_back(tool.package);
        }
    }
    // objtool reads objects with it. Without gcc there is no telling.
    if (!find_program("gcc").empty() && !has_header("libelf.h")) {
        missing.emplace_back("libelf.h");
        packages.emplace_back("libelf-dev");
    }
    if (missing.empty()) return;
    throw Error(Exit::environment, fmt::format("{} needs {}; install with `sudo apt-get install {}`", purpose,
                                               fmt::join(missing, ", "), fmt::join(packages, " ")));
}

/// Reads what has been added to a growing log and counts make's lines for one step ("  CC      fs/exec.o").
class StepCounter {
  public:
    explicit StepCounter(const fs::path& log) : log_(log) {}

    void look() {
        std::ifstream in(log_, std::ios::binary);
        in.seekg(static_cast<std::streamoff>(seen_));
        std::string text(std::istreambuf_iterator<char>(in), {});
        // The last line may be half written.
        text.resize(text.rfind('\n') == std::string::npos ? 0 : text.rfind('\n') + 1);
        seen_ += text.size();
        for (const std::string_view line : split_lines(text)) {
            if (line.size() < 4 || !line.starts_with("  ") || line[2] < 'A' || line[2] > 'Z') continue;
            ++count_;
            last_ = trim(line);
        }
    }

    size_t count() const { return count_; }
    /// "CC fs/exec.o"
    std::string last() const {
        const auto blank = last_.find(' ');
        if (blank == std::string::npos) return last_;
        return fmt::format("{} {}", last_.substr(0, blank), trim(std::string_view(last_).substr(blank)));
    }

  private:
    fs::path log_;
    size_t seen_ = 0;
    size_t count_ = 0;
    std::string last_;
};

[[noreturn]] void fail_build(const std::string& what, const ExitStatus& status, const fs::path& log) {
    const std::string text = read_file_or(log, "");
    if (text.find("No space left on device") != std::string::npos) {
        throw Error(Exit::environment, fmt::format("no disk space left for {}, see {}", what, log.string()));
    }
    const std::string old = too_old_tool(text);
    if (!old.empty()) throw Error(Exit::environment, fmt::format("{}, see {}", old, log.string()));
    const std::vector<std::string> errors = build_errors(text);
    throw Error(Exit::run_failed, fmt::format("{} failed ({}):\n{}\nwhole log: {}", what, status.describe(),
                                              fmt::join(errors, "\n"), log.string()));
}

/// allnoconfig with these options; the .config's text.
std::string kconfig(const KernelMake& make, const std::vector<ConfigOption>& options, const fs::path& log) {
    const fs::path wanted = make.objects / ".stackshift-wanted";
    write_file_atomically(wanted, render_config(options));
    Command command;
    command.argv = make_command(make);
    command.argv.insert(command.argv.begin() + 2, "KCONFIG_ALLCONFIG=" + wanted.string());
    command.argv.emplace_back("allnoconfig");
    command.output = log;
    // conf leaves a .config that would not change as it is, so the build does not read it anew.
    const ExitStatus status = run(command);
    if (!status.ok()) fail_build("the kernel's configuration", status, log);
    return read_file(make.objects / ".config");
}

/// Throws where Kconfig made something else of what was asked for.
void require_taken(const std::vector<ConfigOption>& asked, const std::string& dot_config) {
    const std::vector<std::string> dropped = dropped_options(asked, dot_config);
    if (dropped.empty()) return;
    throw Error(
        Exit::run_failed,
        fmt::format("Kconfig did not take what was asked: {} (a dependency is off, or there is no such "
                    "option)",
                    fmt::join(dropped, "; ")));
}

/// Runs make for one target, with progress. `variables` are added to its environment.
void build_target(const KernelMake& make, const std::vector<std::string>& variables,
                  const std::string& target, const std::string& title, const fs::path& log) {
    const size_t done_before = remove_half_made(make.objects);
    const bool whole = !fs::exists(make.objects / "vmlinux");
    const double expected = std::strtod(
        read_file_or(make.steps, make.objects.filename() == "obj-bench" ? kStepsAtFirst : "0").c_str(),
        nullptr);
    Command command;
    command.argv = make_command(make);
    command.argv.insert(command.argv.begin() + 2, variables.begin(), variables.end());
    command.argv.insert(command.argv.end(), {fmt::format("-j{}", std::max(make.jobs, 1)), target});
    command.output = log;
    Progress progress(title);
    fs::remove(log);
    StepCounter counter(log);
    const ExitStatus status = run(command, [&] {
        counter.look();
        if (whole && expected > 0) {
            const double done = std::min(static_cast<double>(done_before + counter.count()), expected);
            progress.update(done, expected, counter.last());
        } else {
            progress.busy(fmt::format("{} steps  {}", counter.count(), counter.last()));
        }
    });
    if (!status.ok()) fail_build(title, status, log);
    if (whole) {
        const size_t steps = remove_half_made(make.objects);
        write_file_atomically(make.steps, fmt::format("{}\n", steps));
    }
}

}  // namespace

fs::path object_directory(const fs::path& source, const std::string& config) {
    return source / ("obj-" + config);
}

Toolchain toolchain() {
    const auto first_line = [](const std::string& text) { return text.substr(0, text.find('\n')); };
    return {first_line(capture({"gcc", "--version"})), first_line(capture({"ld", "--version"}))};
}

void require_build_tools(const std::vector<ConfigOption>& options) {
    require_tools("building a kernel", options, kTools, {});
}

void require_package_tools(const std::vector<ConfigOption>& options) {
    require_tools("making a kernel's package", options, kTools, kPackageTools);
}

Configured configure(const KernelMake& make, const std::vector<ConfigOption>& options, const fs::path& log) {
    make_directories(make.objects);
    // Asked again for each alternative that has to be taken, and what was chosen last time is not remembered:
    // a second or two, in kernels that lack something.
    ConfigChoice choice(options);
    std::string text = kconfig(make, choice.asked(), log);
    while (choice.advance(text)) text = kconfig(make, choice.asked(), log);
    require_taken(choice.asked(), text);
    return {text, choice.intents()};
}

size_t remove_half_made(const fs::path& objects) {
    size_t done = 0;
    std::vector<fs::path> half_made;
    for (const auto& entry : fs::recursive_directory_iterator(objects)) {
        const std::string name = entry.path().filename();
        if (!name.starts_with('.') || !name.ends_with(".cmd") || !entry.is_regular_file()) continue;
        ++done;
        // Not made by a compiler, and rewritten at once by syncconfig.
        if (name == ".auto.conf.cmd") continue;
        const fs::path target = entry.path().parent_path() / name.substr(1, name.size() - 5);
        std::error_code error;
        const auto made = fs::last_write_time(target, error);
        if (!error && made > entry.last_write_time()) half_made.push_back(target);
    }
    for (const fs::path& target : half_made) fs::remove(target);
    return done - half_made.size();
}

void build_image(const KernelMake& make, const std::string& title, const fs::path& log) {
    build_target(make, {}, "bzImage", title, log);
}

void complete_config(const KernelMake& make, const std::string& text, const std::vector<ConfigOption>& wanted,
                     const fs::path& log) {
    make_directories(make.objects);
    // Of an option that stands twice Kconfig takes the later one.
    write_file_atomically(make.objects / ".config", text + render_config(wanted));
    Command command;
    command.argv = make_command(make);
    command.argv.emplace_back("olddefconfig");
    command.output = log;
    const ExitStatus status = run(command);
    if (!status.ok()) fail_build("the kernel's configuration", status, log);
    // What a configuration does not have cannot be switched off in it.
    std::vector<ConfigOption> needed = wanted;
    std::erase_if(needed,
                  [](const ConfigOption& option) { return option.value == "n" || option.value == "\"\""; });
    require_taken(needed, read_file(make.objects / ".config"));
}

std::string kernel_release_of(const KernelMake& make) {
    std::vector<std::string> argv = make_command(make);
    argv.insert(argv.end(), {"-s", "--no-print-directory", "kernelrelease"});
    return first_line(capture(argv));
}

void build_deb(const KernelMake& make, const std::string& title, const std::string& version,
               const fs::path& log) {
    for (const fs::path& file : package_files(make)) fs::remove(file);
    build_target(make,
                 {"KDEB_PKGVERSION=" + version + "-1", "KDEB_CHANGELOG_DIST=unstable",
                  "DEB_BUILD_PROFILES=pkg.linux-upstream.nokernelheaders pkg.linux-upstream.nokerneldbg"},
                 "bindeb-pkg", title, log);
}

std::vector<fs::path> package_files(const KernelMake& make) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(make.objects.parent_path())) {
        const std::string name = entry.path().filename();
        const bool left =
            name.ends_with(".deb") || name.ends_with(".changes") || name.ends_with(".buildinfo");
        if (left && name.starts_with("linux-")) files.push_back(entry.path());
    }
    return files;
}

std::string too_old_tool(std::string_view log) {
    // scripts/cc-version.sh and its like print both.
    static const Pattern version(R"(^\*\*\* +(Your|Minimum) (.+) version: +(\S+)$)");
    std::string name;
    std::string yours;
    std::string least;
    for (const std::string_view line : split_lines(log)) {
        const std::vector<std::string> parts = version.groups(line.substr(0, kLongestLine));
        if (parts.empty()) continue;
        name = parts[2];
        (parts[1] == "Your" ? yours : least) = parts[3];
    }
    if (yours.empty() || least.empty()) return "";
    return fmt::format("{} {} is too old for this kernel, which needs {} or newer", name, yours, least);
}

std::vector<std::string> build_errors(std::string_view log) {
    static const Pattern telling(
        R"(error:|undefined reference|multiple definition|No rule to make target|Killed|objtool: |: not found|Error \d+)");
    std::vector<std::string> errors;
    std::vector<std::string> tail;
    for (const std::string_view line : split_lines(log)) {
        if (trim(line).empty()) continue;
        tail.emplace_back(line);
        const std::string text(line.substr(0, kLongestLine));
        if (errors.size() < kShownErrors && telling.found_in(text)) errors.push_back(text);
    }
    if (!errors.empty()) return errors;
    if (tail.size() > kShownErrors) tail.erase(tail.begin(), tail.end() - kShownErrors);
    return tail;
}

}  // namespace stackshift
