// SPDX-License-Identifier: MIT
// A run that is killed outright, again and again, at points that a seed chooses: no finished boot is lost or
// made twice, nothing that is left behind is tripped over, and in the end all is as if nothing had happened.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>

#include "small_run.h"
#include "util/files.h"
#include "util/process.h"

namespace stackshift {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kSeed = 20091203;
constexpr int kPointsInCi = 8;
constexpr int kAllPoints = 50;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Counts what happens to names in some directories: a file is begun, or takes its final name.
class NameWatch {
  public:
    explicit NameWatch(const std::vector<fs::path>& directories)
        : fd_(inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
        for (const fs::path& directory : directories)
            inotify_add_watch(fd_, directory.c_str(), IN_CREATE | IN_MOVED_TO);
    }
    ~NameWatch() { close(fd_); }
    NameWatch(const NameWatch&) = delete;
    NameWatch& operator=(const NameWatch&) = delete;

    int events() {
        char buffer[4096];
        for (ssize_t n = 0; (n = read(fd_, buffer, sizeof buffer)) > 0;) {
            for (ssize_t at = 0; at < n; ++count_) {
                inotify_event event = {};
                std::copy_n(buffer + at, sizeof event, reinterpret_cast<char*>(&event));
                at += static_cast<ssize_t>(sizeof event + event.len);
            }
        }
        return count_;
    }

  private:
    int fd_;
    int count_ = 0;
};

/// What a kept boot says but for the time that it took.
std::pair<nlohmann::ordered_json, nlohmann::ordered_json> counted(const std::string& kept) {
    const auto boot = nlohmann::ordered_json::parse(kept, nullptr, false);
    if (!boot.is_object()) return {"half a file", kept};
    return {boot.at("key"), boot.at("report")};
}

/// Where a run is killed.
struct Point {
    double seconds = 0;  ///< after its start, or
    int events = 0;      ///< after so many of a NameWatch, where this is not 0
};

class Points {
  public:
    /// What a whole run takes, and how many events a NameWatch sees in it.
    Points(double seconds, int events) : seconds_(0, seconds), events_(1, events) {}

    /// By turns: anywhere in a run, and around a file's being written.
    Point next() {
        Point point;
        if (++made_ % 2 == 0) point.events = events_(random_);
        point.seconds = seconds_(random_);
        return point;
    }

  private:
    std::mt19937_64 random_{kSeed};
    std::uniform_real_distribution<double> seconds_;
    std::uniform_int_distribution<int> events_;
    int made_ = 0;
};

/// Runs it up to the point, and kills its whole group there. False where it ended before.
bool killed_at(const Point& point, const Command& command, const std::vector<fs::path>& watched) {
    for (const fs::path& directory : watched) make_directories(directory);
    NameWatch watch(watched);
    const auto start = Clock::now();
    Process process(command);
    const auto reached = [&] {
        return point.events > 0 ? watch.events() >= point.events : seconds_since(start) >= point.seconds;
    };
    while (process.running()) {
        if (reached()) {
            kill(-process.pid(), SIGKILL);
            while (!process.wait(100)) {
            }
            return process.status().signal == SIGKILL;
        }
        usleep(200);
    }
    return false;
}

Command tool(std::vector<std::string> arguments, const fs::path& log) {
    arguments.insert(arguments.begin(), STACKSHIFT);
    Command command;
    command.argv = std::move(arguments);
    command.output = log;
    return command;
}

class SurviveRuns : public testing::Test {
  protected:
    static void SetUpTestSuite() {
        directory_.emplace();
        small_run("");
        const auto start = Clock::now();
        const ToolRun run = run_tool(small_run(undisturbed()));
        ASSERT_EQ(run.code, 0) << run.err;
        whole_run_ = seconds_since(start);
    }
    static void TearDownTestSuite() { directory_.reset(); }
    static fs::path undisturbed() { return directory_->path / "undisturbed"; }

    /// Kills runs at so many points. One that ends before is looked at, and another is begun.
    static void kill_runs(int count) {
        Points points(whole_run_, 30);
        int runs = 0;
        for (int killed = 0; killed < count; ++runs) {
            ASSERT_LT(runs, count + 2) << "runs end before they are killed";
            const fs::path out = directory_->path / ("run" + std::to_string(runs));
            KeptBoots kept;
            while (killed < count && killed_at(points.next(), tool(small_run(out, {"--resume"}), log()),
                                               {out, out / "boots"})) {
                ++killed;
                look_at_remains(out, kept);
            }
            end_well(out, kept);
        }
    }

    /// Of a run that was killed just now. `kept`: what it had to begin with.
    static void look_at_remains(const fs::path& out, KeptBoots& kept) {
        EXPECT_TRUE(guests_end(out)) << "a QEMU is left";
        const KeptBoots now = kept_boots(out);
        for (const auto& boot : kept)
            EXPECT_TRUE(now.contains(boot.first) && now.at(boot.first) == boot.second);
        // A file that has its name is whole.
        if (fs::exists(out / "result.json")) {
            EXPECT_EQ(samples_of(out), samples_of(undisturbed()));
        }
        for (const auto& [name, boot] : now)
            EXPECT_EQ(counted(boot.first), counted(read_file(undisturbed() / "boots" / name))) << name;
        kept = now;
    }

    static void end_well(const fs::path& out, const KeptBoots& kept) {
        const ToolRun end = run_tool(small_run(out, {"--resume"}));
        EXPECT_EQ(end.code, 0) << end.err;
        const KeptBoots now = kept_boots(out);
        EXPECT_EQ(now.size(), 4U);
        for (const auto& boot : kept)
            EXPECT_TRUE(now.at(boot.first) == boot.second) << boot.first << " again";
        EXPECT_EQ(samples_of(out), samples_of(undisturbed()));
        EXPECT_EQ(half_written(out), std::vector<std::string>{});
    }

    static fs::path log() { return directory_->path / "log"; }

    static inline std::optional<TemporaryDirectory> directory_;
    static inline double whole_run_ = 0;
};

class SurviveMoreRuns : public SurviveRuns {};

TEST_F(SurviveRuns, KilledAtAnyPoint) {
    kill_runs(kPointsInCi);
}

TEST_F(SurviveMoreRuns, KilledAtAnyPoint) {
    kill_runs(kAllPoints);
}

// Building kernels, with a source that builds in a second.

/// What of Kbuild matters here: an object is made anew unless there is a command that made it, and what is
/// being written has its final name from the beginning.
constexpr const char* kMakefile = R"make(VERSION = 6
PATCHLEVEL = 12
SUBLEVEL = 117
EXTRAVERSION =

objects := $(patsubst src/%.c,$(O)/%.o,$(wildcard src/*.c))
boot := $(O)/arch/x86/boot

allnoconfig:
	cp $(KCONFIG_ALLCONFIG) $(O)/.config
bzImage: $(boot)/bzImage
FORCE:
.PHONY: allnoconfig bzImage FORCE

# Whatever is older than what it is made of, or was being made when make was killed.
$(O)/%.o: src/%.c FORCE
	@if [ ! -f $@ ] || [ ! -f $(@D)/.$(@F).cmd ] || [ $< -nt $@ ]; then \
	  echo "  CC      $(@F)"; rm -f $(@D)/.$(@F).cmd; \
	  head -c 8 $< > $@; sleep 0.05; cat $< > $@; echo made > $(@D)/.$(@F).cmd; \
	fi
$(O)/vmlinux: $(objects)
	@cat $(objects) > $@; cp $@ $(O)/System.map
$(boot)/bzImage: $(O)/vmlinux
	@mkdir -p $(boot); cat header $(O)/vmlinux > $@
)make";

/// A source of which make takes a second.
void make_tiny_source(const fs::path& source) {
    write_file_atomically(source / "Makefile", kMakefile);
    write_file_atomically(source / "Kconfig", "");
    write_file_atomically(source / "arch/x86/Makefile", "");
    for (int i = 0; i < 12; ++i)
        write_file_atomically(source / "src" / ("part" + std::to_string(i) + ".c"),
                              std::string(1000, static_cast<char>('a' + i)));
    // Documentation/arch/x86/boot.rst, as far as a bzImage is told by it.
    std::string header(0x1000, '\0');
    header.replace(0x202, 4, "HdrS");
    header.replace(0x206, 2, "\x0f\x02");
    header.replace(0x20e, 2, "\x80\x04");
    header[0x211] = 1;
    header.replace(0x680, 17, "6.12.117 (tiny) #");
    write_file_atomically(source / "header", header);
}

class SurviveBuilds : public testing::Test {
  protected:
    void SetUp() override { make_tiny_source(source()); }
    fs::path source() const { return directory_.path / "source"; }
    std::vector<std::string> kernels(const std::string& work) const {
        return {"kernels",
                "--kernel-source",
                source().string(),
                "--strategies",
                "pristine",
                "--work-dir",
                (directory_.path / work).string()};
    }
    fs::path built(const std::string& work) const { return directory_.path / work / "kernels/pristine"; }

    void kill_builds(int count) const {
        const auto start = Clock::now();
        const ToolRun undisturbed = run_tool(kernels("undisturbed"));
        ASSERT_EQ(undisturbed.code, 0) << undisturbed.err;
        Points points(seconds_since(start), 10);
        int builds = 0;
        for (int killed = 0; killed < count; ++builds) {
            ASSERT_LT(builds, count + 2) << "builds end before they are killed";
            const std::string work = "work" + std::to_string(builds);
            while (killed < count &&
                   killed_at(points.next(), tool(kernels(work), directory_.path / "log"), {built(work)})) {
                ++killed;
                look_at_remains(work);
            }
            end_well(work);
        }
    }

    /// A record stands there with what it is a record of, or not at all.
    void look_at_remains(const std::string& work) const {
        if (!fs::exists(built(work) / "kernel.json")) return;
        EXPECT_EQ(read_file(built(work) / "bzImage"), read_file(built("undisturbed") / "bzImage"));
        EXPECT_EQ(read_file(built(work) / "config"), read_file(built("undisturbed") / "config"));
    }

    void end_well(const std::string& work) const {
        const ToolRun end = run_tool(kernels(work));
        EXPECT_EQ(end.code, 0) << end.err;
        look_at_remains(work);
        EXPECT_TRUE(fs::exists(built(work) / "kernel.json"));
        EXPECT_EQ(half_written(built(work)), std::vector<std::string>{});
    }

    const TemporaryDirectory directory_;
};

class SurviveMoreBuilds : public SurviveBuilds {};

TEST_F(SurviveBuilds, KilledAtAnyPoint) {
    kill_builds(kPointsInCi);
}

TEST_F(SurviveMoreBuilds, KilledAtAnyPoint) {
    kill_builds(kAllPoints);
}

}  // namespace
}  // namespace stackshift
