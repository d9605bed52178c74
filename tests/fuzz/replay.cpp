// SPDX-License-Identifier: MIT
// Gives each harness the files of its corpus: what a campaign has found once is not found again.
//
//     fuzz_replay CORPUS
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <set>
#include <vector>

#include "fuzz/fuzz.h"
#include "util/files.h"

// HARNESS(result) and so on, made by CMake of the files' names.
#define HARNESS(name) extern "C" int name##_fuzz(const std::uint8_t* data, std::size_t size);
#include "harnesses.inc"
#undef HARNESS

// Where there are sanitizers: called as one of them ends the program.
extern "C" __attribute__((weak)) void __sanitizer_set_death_callback(void (*callback)());

using namespace stackshift;

namespace {

// What a reader may take for an input of less than 64 KiB; sanitizers and a busy machine included.
constexpr double kMostSeconds = 1;
constexpr long kMostKib = 512 << 10;
constexpr unsigned kHangSeconds = 60;

struct Harness {
    const char* name;
    int (*test)(const std::uint8_t*, std::size_t);
};
constexpr Harness kHarnesses[] = {
#define HARNESS(name) {#name, name##_fuzz},
#include "harnesses.inc"
#undef HARNESS
};

std::string under_way;
int findings = 0;

void finding(const std::string& what) {
    std::fprintf(stderr, "%s: %s\n", under_way.c_str(), what.c_str());
    ++findings;
}

void tell_place() {
    std::fprintf(stderr, "the input was %s\n", under_way.c_str());
}

extern "C" void tell_hang(int /*signal*/) {
    tell_place();
    _exit(1);
}

long peak_kib() {
    rusage usage = {};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

void replay(const Harness& harness, const std::filesystem::path& file) {
    under_way = std::string(harness.name) + " < " + file.string();
    const std::string text = read_file(file);
    const long peak = peak_kib();
    const std::clock_t begin = std::clock();
    alarm(kHangSeconds);
    try {
        harness.test(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
    } catch (const std::exception& error) {
        finding(error.what());
    }
    alarm(0);
    const double seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
    if (seconds > kMostSeconds) finding("took " + std::to_string(seconds) + " s");
    if (peak_kib() - peak > kMostKib) finding("took " + std::to_string(peak_kib() - peak) + " KiB");
}

std::vector<std::filesystem::path> sorted(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> paths;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error))
        paths.push_back(entry.path());
    std::sort(paths.begin(), paths.end());
    return paths;
}

void replay_all(const std::filesystem::path& corpus) {
    std::set<std::string> known;
    for (const Harness& harness : kHarnesses) {
        const std::vector<std::filesystem::path> files = sorted(corpus / harness.name);
        fuzz::accepted = 0;
        for (const std::filesystem::path& file : files) replay(harness, file);
        std::printf("%s: %zu inputs\n", harness.name, files.size());
        under_way = harness.name;
        if (fuzz::accepted == 0) finding("no input of its corpus is accepted: the reader was not tested");
        known.insert(harness.name);
    }
    for (const std::filesystem::path& folder : sorted(corpus)) {
        under_way = folder.string();
        if (!known.contains(folder.filename())) finding("there is no harness of this name");
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fputs("usage: fuzz_replay CORPUS\n", stderr);
        return 2;
    }
    if (__sanitizer_set_death_callback != nullptr) __sanitizer_set_death_callback(tell_place);
    std::signal(SIGALRM, tell_hang);
    replay_all(argv[1]);
    return findings == 0 ? 0 : 1;
}
