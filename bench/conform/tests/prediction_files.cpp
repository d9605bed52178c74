// SPDX-License-Identifier: MIT
// Group prediction: headers, descriptors and modes of programs, which the kernel looks at before it knows the
// program.
#include <elf.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/fanotify.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "conform/support/arrival.h"
#include "conform/support/caller.h"
#include "conform/support/facility.h"
#include "conform/support/machine.h"
#include "conform/support/shared.h"
#include "conform/tests/parts.h"

namespace stackshift {
namespace {

void check(Tap& tap, const std::string& name, const std::string& seen, const std::string& expected = "ok") {
    tap.expect("prediction/" + name, seen, expected);
}

/// Makes a file of `content` and executes it with argv {"zero", "one"}.
std::string run_file(const std::string& content, std::uint64_t bits,
                     const std::function<void()>& prepare = {}) {
    make_file("/made", content);
    const Seen seen = run({.file = "/made", .argv = {"zero", "one"}, .env = {"E=1"}, .prepare = prepare});
    unlink("/made");
    return arrived(seen, {.argv = {"zero", "one"}, .bits = bits, .env = {"E=1"}, .execfn = "/made"});
}

std::string changed(std::string program, size_t offset, char value) {
    program[offset] = value;
    return program;
}

/// A program of one segment and nothing in it, which names another as its interpreter.
template <typename Header, typename Segment>
std::string interpreted(unsigned char bits, std::uint16_t machine, const std::string& interpreter) {
    struct {
        Header header;
        Segment segments[3];
        char interpreter[64];
    } file = {};
    const auto size = static_cast<decltype(Segment::p_filesz)>(sizeof file);
    const unsigned char ident[] = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, bits, ELFDATA2LSB, EV_CURRENT};
    std::memcpy(file.header.e_ident, ident, sizeof ident);
    file.header.e_type = ET_DYN;
    file.header.e_machine = machine;
    file.header.e_version = EV_CURRENT;
    file.header.e_phoff = sizeof file.header;
    file.header.e_ehsize = sizeof file.header;
    file.header.e_phentsize = sizeof(Segment);
    file.header.e_phnum = 3;
    interpreter.copy(file.interpreter, sizeof file.interpreter - 1);
    const auto add = [&](int i, std::uint32_t type, std::uint32_t flags) -> Segment& {
        file.segments[i].p_type = type;
        file.segments[i].p_flags = flags;
        return file.segments[i];
    };
    Segment& name = add(0, PT_INTERP, PF_R);
    name.p_offset = static_cast<decltype(name.p_offset)>(file.interpreter - reinterpret_cast<char*>(&file));
    name.p_filesz = static_cast<decltype(name.p_filesz)>(interpreter.size() + 1);
    Segment& all = add(1, PT_LOAD, PF_R | PF_X);
    all.p_filesz = all.p_memsz = size;
    all.p_align = kPage;
    add(2, PT_GNU_STACK, PF_R | PF_W);
    return std::string(reinterpret_cast<const char*>(&file), sizeof file);
}

std::string interpreted64(const std::string& interpreter) {
    return interpreted<Elf64_Ehdr, Elf64_Phdr>(ELFCLASS64, EM_X86_64, interpreter);
}
std::string interpreted32(const std::string& interpreter) {
    return interpreted<Elf32_Ehdr, Elf32_Phdr>(ELFCLASS32, EM_386, interpreter);
}

/// Loaders go by e_machine; nobody looks at the class in e_ident.
void test_headers(Tap& tap) {
    const std::string native = read_text(kProbe64);
    const std::string i386 = read_text(kProbe32);
    constexpr size_t kMachine = offsetof(Elf64_Ehdr, e_machine);
    check(tap, "class32-native", run_file(changed(native, EI_CLASS, ELFCLASS32), 64));
    check(tap, "class64-i386", run_file(changed(i386, EI_CLASS, ELFCLASS64), 32));
    check(tap, "class0-native", run_file(changed(native, EI_CLASS, 0), 64));
    check(tap, "class0-i386", run_file(changed(i386, EI_CLASS, 0), 32));
    // x32, which is off.
    check(tap, "x32-header", run_file(changed(i386, kMachine, EM_X86_64), 32), "ENOEXEC");
    check(tap, "i386-machine-native", run_file(changed(native, kMachine, EM_386), 64), "ENOEXEC");
    // i486, which elf_check_arch_ia32() lets pass.
    check(tap, "i486-machine", run_file(changed(i386, kMachine, 6), 32));
    check(tap, "big-endian-native", run_file(changed(native, EI_DATA, ELFDATA2MSB), 64));
    for (const size_t size : {0, 1, 3, 4, 63}) {
        check(tap, "bytes-" + std::to_string(size) + "-native", run_file(native.substr(0, size), 64),
              "ENOEXEC");
    }
    check(tap, "bytes-51-i386", run_file(i386.substr(0, 51), 32), "ENOEXEC");
    check(tap, "interpreted-native", run_file(interpreted64(kProbe64), 64));
    check(tap, "interpreted-i386", run_file(interpreted32(kProbe32), 32));
    check(tap, "interpreted-native-by-i386", run_file(interpreted64(kProbe32), 64), "ELIBBAD");
    check(tap, "interpreted-i386-by-native", run_file(interpreted32(kProbe64), 32), "ELIBBAD");
    check(tap, "interpreted-missing", run_file(interpreted64("/missing"), 64), "ENOENT");
}

/// Execs that fail leave nothing behind that disturbs the next one.
void test_failed_first(Tap& tap) {
    make_file("/to-nowhere", "#!/missing\n");
    make_file("/text", "text");
    make_file("/to-self", "#!/to-self\n");
    struct Failure {
        std::string file;
        Strings argv;
        int error;
    };
    // Of the last two, one string is longer than any may be.
    const Failure failures[] = {{"/missing", {"a"}, ENOENT},
                                {"/to-nowhere", {"a"}, ENOENT},
                                {"/text", {"a"}, ENOEXEC},
                                {"/to-self", {"a"}, ELOOP},
                                {kProbe32, {"a", std::string(200'000, 'x')}, E2BIG},
                                {kProbe64, {"a", std::string(200'000, 'x')}, E2BIG}};
    for (const bool native : {true, false}) {
        for (const bool compat : {false, true}) {
            const Shared<int> unexpected;
            Exec exec = {.file = native ? kProbe64 : kProbe32, .argv = {"zero", "one"}, .compat = compat};
            exec.prepare = [&] {
                for (const Failure& f : failures) {
                    if (execute(f.file, f.argv, {}, compat) != f.error) *unexpected = f.error;
                }
            };
            std::string seen = arrived(run(exec), {.argv = exec.argv, .bits = native ? 64U : 32U});
            if (*unexpected != 0) seen = "no " + error_name(*unexpected);
            check(tap,
                  std::string("failed-first-") + (native ? "native" : "i386") + (compat ? "-by-i386" : ""),
                  seen);
        }
    }
    for (const char* path : {"/to-nowhere", "/text", "/to-self"}) unlink(path);
}

/// Programs without a name of their own.
void test_descriptors(Tap& tap) {
    constexpr int kNumber = 20;
    const auto check_fd = [&](const std::string& name, const char* program,
                              const std::function<bool()>& prepare) {
        Exec exec = {.file = "", .argv = {"zero", "one"}, .env = {"E=1"}};
        exec.prepare = [&] {
            if (!prepare()) _exit(1);
        };
        for (const bool compat : {false, true}) {
            check(tap, name + (compat ? "-32-bit-call" : ""),
                  arrived(run_at(kNumber, AT_EMPTY_PATH, exec, compat),
                          {.argv = exec.argv,
                           .bits = program == kProbe64 ? 64U : 32U,
                           .env = exec.env,
                           .execfn = "/dev/fd/20"}));
        }
    };
    for (const char* program : {kProbe64, kProbe32}) {
        const std::string abi = program == kProbe64 ? "native" : "i386";
        for (const bool cloexec : {false, true}) {
            check_fd((cloexec ? "memfd-cloexec-" : "memfd-") + abi, program, [&] {
                const std::string content = read_text(program);
                const int fd = memfd_create("program", 0);
                return write(fd, content.data(), content.size()) == static_cast<ssize_t>(content.size()) &&
                       dup3(fd, kNumber, cloexec ? O_CLOEXEC : 0) == kNumber && close(fd) == 0;
            });
        }
        check_fd("o-path-" + abi, program, [&] { return open_as(kNumber, program, O_PATH); });
        // The file offset does not matter.
        check_fd("sought-" + abi, program,
                 [&] { return open_as(kNumber, program, O_RDONLY) && lseek(kNumber, 100, SEEK_SET) == 100; });
    }
}

/// A program that its user may execute but not read runs and cannot be dumped: its files in /proc belong to
/// root.
void test_unreadable(Tap& tap) {
    for (const char* program : {kProbe64, kProbe32}) {
        for (const mode_t mode : {0111, 0755}) {
            copy_program(program, "/made", mode);
            std::string owner = "nobody";
            Exec exec = {.file = "/made", .argv = {"zero", "one"}, .prepare = become_unprivileged};
            exec.look = [&](pid_t pid, const Seen&) {
                struct stat status = {};
                if (stat(("/proc/" + std::to_string(pid) + "/environ").c_str(), &status) == 0)
                    owner = std::to_string(status.st_uid);
            };
            std::string seen =
                arrived(run(exec), {.argv = exec.argv, .bits = program == kProbe64 ? 64U : 32U});
            if (seen == "ok") seen = "owned by " + owner;
            check(tap,
                  std::string(mode == 0111 ? "unreadable-" : "readable-") +
                      (program == kProbe64 ? "native" : "i386"),
                  seen, mode == 0111 ? "owned by 0" : "owned by 1000");
            unlink("/made");
        }
    }
}

/// Runs `exec` while another process allows or denies every read of `watched`. Returns how many there were;
/// -1 where it cannot be watched.
int reads_of(const std::string& watched, const Exec& exec, bool allow, Seen& seen) {
    const int fan = fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC, O_RDONLY | O_CLOEXEC);
    if (fan < 0 || fanotify_mark(fan, FAN_MARK_ADD, FAN_ACCESS_PERM, AT_FDCWD, watched.c_str()) != 0)
        return -1;
    const Shared<int> reads;
    const pid_t watcher = fork();
    if (watcher == 0) {
        for (;;) {
            alignas(fanotify_event_metadata) char buffer[4096];
            const ssize_t n = read(fan, buffer, sizeof buffer);
            const auto* event = reinterpret_cast<const fanotify_event_metadata*>(buffer);
            for (ssize_t left = n; FAN_EVENT_OK(event, left); event = FAN_EVENT_NEXT(event, left)) {
                ++*reads;
                const fanotify_response answer = {event->fd,
                                                  static_cast<std::uint32_t>(allow ? FAN_ALLOW : FAN_DENY)};
                if (write(fan, &answer, sizeof answer) < 0) _exit(1);
                close(event->fd);
            }
        }
    }
    // Then the watcher's descriptor is the last, and whoever waits for an answer goes on when it is killed.
    close(fan);
    seen = run(exec);
    kill(watcher, SIGKILL);
    waitpid(watcher, nullptr, 0);
    return *reads;
}

/// Each kernel_read() makes an event: of the header, the segments, the interpreter's name. A kernel that
/// reads the header once more is seen here.
void test_reads(Tap& tap) {
    struct Case {
        const char* name;
        const char* watched;
        const char* file;
        Strings argv;
        std::uint64_t bits;
        int reads;
    };
    make_file("/s64", "#!/probe64 opt\n");
    make_file("/s32", "#!/probe32 opt\n");
    make_file("/interpreted", interpreted64(kProbe64));
    const Strings plain = {"zero", "one"};
    const Case cases[] = {
        {"reads-native", kProbe64, kProbe64, plain, 64, 2},
        {"reads-i386", kProbe32, kProbe32, plain, 32, 2},
        {"reads-script-native", "/s64", "/s64", {kProbe64, "opt", "/s64", "one"}, 64, 1},
        {"reads-script-i386", "/s32", "/s32", {kProbe32, "opt", "/s32", "one"}, 32, 1},
        {"reads-of-script-interpreter-native", kProbe64, "/s64", {kProbe64, "opt", "/s64", "one"}, 64, 2},
        {"reads-of-script-interpreter-i386", kProbe32, "/s32", {kProbe32, "opt", "/s32", "one"}, 32, 2},
        {"reads-interpreted", "/interpreted", "/interpreted", plain, 64, 3},
        {"reads-of-interpreter", kProbe64, "/interpreted", plain, 64, 2},
    };
    for (const Case& c : cases) {
        Seen seen;
        const int reads = reads_of(c.watched, {.file = c.file, .argv = plain}, true, seen);
        if (reads < 0) {
            tap.skip(std::string("prediction/") + c.name, lack_of(Facility::fanotify));
            continue;
        }
        std::string end = arrived(seen, {.argv = c.argv, .bits = c.bits});
        if (end == "ok") end = std::to_string(reads) + " reads";
        check(tap, c.name, end, std::to_string(c.reads) + " reads");
    }
    for (const char* program : {kProbe64, kProbe32, "/s64", "/s32"}) {
        Seen seen;
        const int reads = reads_of(program, {.file = program, .argv = plain}, false, seen);
        const std::string name = std::string("read-denied-") + (program + 1);
        if (reads < 0) {
            tap.skip("prediction/" + name, lack_of(Facility::fanotify));
        } else {
            check(tap, name, seen.ended() + ", " + std::to_string(reads) + " reads", "EPERM, 1 reads");
        }
    }
    for (const char* path : {"/s64", "/s32", "/interpreted"}) unlink(path);
    // A string that no strategy takes: it can be refused before the file is read.
    Seen seen;
    const int reads = reads_of(kProbe64, {.argv = {std::string(40 * kPage, 'x')}}, true, seen);
    if (reads < 0) {
        tap.skip("prediction/reads-of-refused", lack_of(Facility::fanotify));
    } else {
        check(tap, "reads-of-refused", seen.ended() + ", " + std::to_string(reads) + " reads",
              "E2BIG, 0 reads");
    }
}

}  // namespace

void test_program_files(Tap& tap) {
    test_headers(tap);
    test_failed_first(tap);
    test_descriptors(tap);
    test_unreadable(tap);
    test_reads(tap);
}

}  // namespace stackshift
