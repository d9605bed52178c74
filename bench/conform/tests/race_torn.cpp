// SPDX-License-Identifier: MIT
// Strings of which a byte changes after the kernel has measured them and before it copies them. No race here:
// userfaultfd stops the kernel in both.
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <thread>

#include "conform/support/exec.h"
#include "conform/support/facility.h"
#include "conform/support/raw_exec.h"
#include "conform/tests/parts.h"

namespace stackshift {
namespace {

const std::string kText = "string";

struct Tear {
    const char* name;
    std::size_t strings;
    std::size_t at;  // the byte that changes
    char to;
    const char* expected;
};

const Tear kTears[] = {
    {"nothing", 1, kText.size(), '\0', "as measured"},
    {"end", 1, kText.size(), 'X', "run together"},
    // There is one NUL above the strings and an empty word above that: nine, not twelve.
    {"ends", 12, kText.size(), 'X', "SIGSEGV"},
    {"middle", 1, 2, '\0', "shifted"},
};

/// Copies of kText, each across two pages, the first of which is there. Their second page is missed when the
/// kernel measures them, and brought while the first one is dropped. That one is missed when the kernel
/// copies them, from their first byte on; by then, a byte of the second one has changed.
class TornStrings {
  public:
    TornStrings(const Tear& tear, LowMemory& memory) : tear_(tear) {
        const std::uint64_t first = (memory.place() + kPage - 1) / kPage * kPage;
        pages_ = reinterpret_cast<char*>(first);
        for (std::size_t i = 0; i < tear.strings; ++i) std::memcpy(text(i), kText.data(), kBefore);
        fd_ = static_cast<int>(syscall(SYS_userfaultfd, O_CLOEXEC));
        uffdio_api api = {};
        api.api = UFFD_API;
        uffdio_register range = {};
        range.range = {first, room(tear)};
        range.mode = UFFDIO_REGISTER_MODE_MISSING;
        if (fd_ < 0 || ioctl(fd_, UFFDIO_API, &api) != 0 || ioctl(fd_, UFFDIO_REGISTER, &range) != 0)
            _exit(1);
    }
    /// Bytes of memory that `tear` takes.
    static std::size_t room(const Tear& tear) { return 2 * kPage * tear.strings; }
    char* text(std::size_t i) const { return pages_ + 2 * kPage * i + kPage - kBefore; }
    /// Until the exec ends this thread.
    void bring_pages() {
        uffd_msg message = {};
        while (read(fd_, &message, sizeof message) == static_cast<ssize_t>(sizeof message)) {
            const std::size_t page =
                (message.arg.pagefault.address - reinterpret_cast<std::uint64_t>(pages_)) / kPage;
            char* const at = pages_ + page * kPage;
            if (page % 2 == 1) {
                madvise(at - kPage, kPage, MADV_DONTNEED);
                bring(at, 0, kText.substr(kBefore));
            } else {
                text(page / 2)[tear_.at] = tear_.to;
                bring(at, kPage - kBefore, kText.substr(0, kBefore));
            }
        }
    }

  private:
    static constexpr std::size_t kBefore = 2;
    void bring(char* page, std::size_t at, const std::string& bytes) {
        source_ = {};
        std::memcpy(source_.data() + at, bytes.data(), bytes.size());
        uffdio_copy copy = {};
        copy.dst = reinterpret_cast<std::uint64_t>(page);
        copy.src = reinterpret_cast<std::uint64_t>(source_.data());
        copy.len = kPage;
        ioctl(fd_, UFFDIO_COPY, &copy);
    }
    const Tear& tear_;
    char* pages_ = nullptr;
    int fd_ = -1;
    std::array<char, kPage> source_ = {};
};

std::string arrived(const Exec& exec, const Seen& seen) {
    if (!seen.whole) return seen.ended();
    if (seen.argv == exec.argv && seen.env == exec.env) return "as measured";
    // The file's name stands above the strings.
    if (seen.argv == Strings{"probe", "stringXlast", "HOME=/"} && seen.env == Strings{exec.file})
        return "run together";
    if (seen.argv == Strings{"probe", "st", "ing"} && seen.env == Strings{"last"}) return "shifted";
    return "other strings";
}

struct Case {
    const char* name;
    const char* file;
    bool compat;
};

constexpr Case kCases[] = {
    {"native", kProbe64, false}, {"i386", kProbe32, false}, {"compat", kProbe64, true}};

std::string see_tear(const Tear& tear, const Case& the) {
    const Need need(Facility::userfaultfd);
    Exec exec;
    exec.file = the.file;
    exec.argv.insert(exec.argv.end(), tear.strings, kText);
    exec.argv.push_back("last");
    exec.env = {"HOME=/"};
    exec.call = [&] {
        LowMemory memory(LowMemory::room(exec.argv) + LowMemory::room(exec.env) + kPage);
        LowMemory pages(TornStrings::room(tear) + kPage);
        TornStrings strings(tear, pages);
        std::vector<std::uint64_t> argv = {memory.string("probe")};
        for (std::size_t i = 0; i < tear.strings; ++i)
            argv.push_back(reinterpret_cast<std::uint64_t>(strings.text(i)));
        argv.push_back(memory.string("last"));
        const RawExec raw = {memory.string(exec.file), memory.vector(argv, the.compat),
                             memory.strings(exec.env, the.compat), the.compat};
        std::thread([&] { strings.bring_pages(); }).detach();
        return execute(raw);
    };
    return arrived(exec, run(exec));
}

}  // namespace

void test_torn_strings(Tap& tap) {
    for (const Case& the : kCases) {
        for (const Tear& tear : kTears)
            tap.expect(std::string("race/torn-") + tear.name + '-' + the.name, see_tear(tear, the),
                       tear.expected);
    }
}

}  // namespace stackshift
