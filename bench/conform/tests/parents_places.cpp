// SPDX-License-Identifier: MIT
// Group parents: strings and vectors in all kinds of memory of the caller.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "conform/support/exec.h"
#include "conform/support/machine.h"
#include "conform/support/shared.h"
#include "conform/tests/parts.h"

namespace stackshift {
namespace {

constexpr std::size_t kBytes = 4 * kPage;
constexpr const char* kFile = "/tmp/place";

/// A string of 10000 bytes and a short one.
Strings two_strings() {
    Strings strings = strings_of(10000, 10000);
    strings.emplace_back("second");
    return strings;
}

void* map_file(int protection, int flags) {
    const int fd = open(kFile, O_RDWR | O_CLOEXEC);
    return mmap(nullptr, kBytes, protection, flags, fd, 0);
}

void* anonymous(void* at, int flags) {
    return mmap(at, kBytes, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | flags, -1, 0);
}

/// errno of an execve in run()'s child.
int* error = nullptr;

/// round_trip() where `exec.prepare` executes by from().
std::string outcome_of(const Exec& exec) {
    *error = 0;
    const std::string outcome = round_trip(exec);
    return *error != 0 ? error_name(*error) : outcome;
}

[[noreturn]] void from(const char* file, char** argv, char** env) {
    execve(file, argv, env);
    *error = errno;
    _exit(1);
}

struct Place {
    const char* name;
    /// Makes memory of kBytes. `copied`: it does not hold the strings yet.
    void* (*memory)();
    bool copied;
};

constexpr Place kPlaces[] = {
    {"private-file", [] { return map_file(PROT_READ, MAP_PRIVATE); }, false},
    {"private-file-copied", [] { return map_file(PROT_READ | PROT_WRITE, MAP_PRIVATE); }, true},
    {"shared-file", [] { return map_file(PROT_READ | PROT_WRITE, MAP_SHARED); }, true},
    {"shared-anonymous", [] { return anonymous(nullptr, MAP_SHARED); }, true},
    {"below-4gb", [] { return anonymous(nullptr, MAP_PRIVATE | MAP_32BIT); }, true},
    {"locked", [] { return anonymous(nullptr, MAP_PRIVATE | MAP_LOCKED); }, true},
    {"growing-down", [] { return anonymous(nullptr, MAP_PRIVATE | MAP_GROWSDOWN); }, true},
    // Its last byte is the last that a program can have.
    {"top",
     [] {
         return anonymous(reinterpret_cast<void*>(kNativeTop - kBytes), MAP_PRIVATE | MAP_FIXED_NOREPLACE);
     },
     true},
};

/// Two strings at the end of the place, the last NUL its last byte.
void execute_from(const Place& place, const char* file, const std::string& content) {
    auto* memory = static_cast<char*>(place.memory());
    if (memory == MAP_FAILED) _exit(1);
    char* first = memory + kBytes - content.size();
    if (place.copied) std::memcpy(first, content.data(), content.size());
    char* argv[] = {first, first + 10000, nullptr};
    char* env[] = {argv[1], argv[0], argv[1], nullptr};
    from(file, argv, env);
}

void check_place(Tap& tap, const Place& place, const char* abi, const char* file) {
    const Strings strings = two_strings();
    const std::string content = std::string(strings[0].c_str(), 10000) + std::string("second", 7);
    make_file(kFile, std::string(kBytes - content.size(), '-') + content);
    Exec exec;
    exec.file = file;
    exec.argv = strings;
    exec.env = {strings[1], strings[0], strings[1]};
    exec.prepare = [&] { execute_from(place, file, content); };
    tap.expect(std::string("parents/place-") + place.name + '-' + abi, outcome_of(exec), "ok");
    unlink(kFile);
}

/// The strings lie in the caller's own frame.
void check_own_stack(Tap& tap, const char* abi, const char* file) {
    Exec exec;
    exec.file = file;
    exec.argv = {std::string(20000, 's'), "t"};
    exec.prepare = [&] {
        char text[20001];
        std::memset(text, 's', 20000);
        text[20000] = '\0';
        char last[] = "t";
        char* argv[] = {text, last, nullptr};
        char* env[] = {nullptr};
        from(file, argv, env);
    };
    tap.expect(std::string("parents/place-own-stack-") + abi, outcome_of(exec), "ok");
}

/// One string many times, and all suffixes of one: copies of each arrive.
void check_repeated(Tap& tap, const char* abi, const char* file) {
    const auto outcome = [&](std::size_t count, std::size_t step, const std::string& text) {
        Exec exec;
        exec.file = file;
        exec.argv.clear();
        for (std::size_t i = 0; i < count; ++i) exec.argv.push_back(text.substr(i * step));
        exec.prepare = [&] {
            std::vector<char*> argv;
            for (std::size_t i = 0; i < count; ++i)
                argv.push_back(const_cast<char*>(text.c_str()) + i * step);
            argv.push_back(nullptr);
            char* env[] = {nullptr};
            from(file, argv.data(), env);
        };
        return outcome_of(exec);
    };
    const std::string text = strings_of(400, 400)[0];
    tap.expect(std::string("parents/place-same-pointer-") + abi, outcome(200, 0, text), "ok");
    tap.expect(std::string("parents/place-same-pointer-big-") + abi, outcome(2000, 0, text), "ok");
    tap.expect(std::string("parents/place-suffixes-") + abi, outcome(400, 1, text), "ok");
}

/// argv and envp are one vector.
void check_same_vector(Tap& tap, const char* abi, const char* file) {
    Exec exec;
    exec.file = file;
    exec.argv = exec.env = two_strings();
    exec.prepare = [&] {
        char* vector[] = {exec.argv[0].data(), exec.argv[1].data(), nullptr};
        from(file, vector, vector);
    };
    tap.expect(std::string("parents/place-same-vector-") + abi, outcome_of(exec), "ok");
}

/// What comes of an execve whose only argument is at `memory`.
std::string outcome_from(const char* (*memory)()) {
    Exec exec;
    exec.prepare = [&] {
        char* argv[] = {const_cast<char*>(memory()), nullptr};
        char* env[] = {nullptr};
        from(exec.file.c_str(), argv, env);
    };
    return outcome_of(exec);
}

/// Memory that ends, or cannot be read, before a NUL.
void check_unreadable(Tap& tap) {
    make_file(kFile, std::string(kPage, 'x'));
    tap.expect("parents/place-beyond-file", outcome_from([] {
                   return static_cast<const char*>(map_file(PROT_READ, MAP_PRIVATE)) + kPage - 100;
               }),
               "EFAULT");
    unlink(kFile);
    tap.expect("parents/place-unreadable", outcome_from([] {
                   auto* memory = static_cast<char*>(anonymous(nullptr, MAP_PRIVATE));
                   std::memset(memory, 'x', kBytes);
                   mprotect(memory + 2 * kPage, kPage, PROT_NONE);
                   return static_cast<const char*>(memory);
               }),
               "EFAULT");
    // strnlen_user() looks no farther than the end of user memory.
    tap.expect("parents/place-past-top", outcome_from([] {
                   auto* memory = static_cast<char*>(kPlaces[std::size(kPlaces) - 1].memory());
                   std::memset(memory, 'x', kBytes);
                   return static_cast<const char*>(memory);
               }),
               "EFAULT");
}

}  // namespace

void test_places(Tap& tap) {
    const Shared<int> shared;
    error = &*shared;
    for (const auto& [abi, file] : {std::pair{"native", kProbe64}, std::pair{"i386", kProbe32}}) {
        for (const Place& place : kPlaces) check_place(tap, place, abi, file);
        check_own_stack(tap, abi, file);
        check_repeated(tap, abi, file);
        check_same_vector(tap, abi, file);
    }
    check_unreadable(tap);
    error = nullptr;
}

}  // namespace stackshift
