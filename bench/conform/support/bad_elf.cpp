// SPDX-License-Identifier: MIT
#include "conform/support/bad_elf.h"

#include <sys/stat.h>

#include <climits>
#include <cstdint>

#include "conform/support/exec.h"
#include "conform/support/machine.h"

namespace stackshift {
namespace {

// An address in the kernel's half of the address space; its lower 32 bits are one for i386, too.
constexpr std::uint64_t kKernel = 0xffff8000fffff000;

template <typename Field>
void set(Field& field, std::uint64_t value) {
    field = static_cast<Field>(value);
}

}  // namespace

void make_bad_interpreters() {
    make_file("/tmp/plain", "not executable", 0644);
    make_file("/tmp/short", "shorter than a header");
    make_file("/tmp/long", std::string(200, 'x'));
    mkfifo("/tmp/fifo", 0777);
    for (const char* probe : {kProbe64, kProbe32}) {
        ElfImage headless(probe);
        const std::string bits = headless.is64() ? "64" : "32";
        headless.bytes.resize(sizeof(Elf64_Ehdr) + 1);
        make_file("/tmp/headless" + bits, headless.bytes);
        ElfImage late(probe);
        late.edit([](auto&, auto& load, auto&) { load.p_offset += 1; });
        make_file("/tmp/late" + bits, late.bytes);
    }
}

const BadElf kRefused[21] = {
    {"magic-only", "ENOEXEC", [](ElfImage& i) { i.bytes.resize(SELFMAG); }},
    {"header-only", "ENOEXEC", [](ElfImage& i) { i.bytes.resize(sizeof(Elf64_Ehdr)); }},
    {"half-a-segment", "ENOEXEC", [](ElfImage& i) { i.bytes.resize(sizeof(Elf64_Ehdr) + 20); }},
    {"no-segments", "ENOEXEC",
     [](ElfImage& i) { i.edit([](auto& header, auto&, auto&) { header.e_phnum = 0; }); }},
    {"too-many-segments", "ENOEXEC",
     [](ElfImage& i) { i.edit([](auto& header, auto&, auto&) { header.e_phnum = 0xffff; }); }},
    {"segment-size", "ENOEXEC",
     [](ElfImage& i) { i.edit([](auto& header, auto&, auto&) { header.e_phentsize = 8; }); }},
    {"segments-beyond-file", "ENOEXEC",
     [](ElfImage& i) { i.edit([](auto& header, auto&, auto&) { header.e_phoff = 1 << 30; }); }},
    {"object", "ENOEXEC",
     [](ElfImage& i) { i.edit([](auto& header, auto&, auto&) { header.e_type = ET_REL; }); }},
    {"machine", "ENOEXEC",
     [](ElfImage& i) { i.edit([](auto& header, auto&, auto&) { header.e_machine = EM_ARM; }); }},
    {"interpreter-empty", "ENOEXEC", [](ElfImage& i) { i.want_interpreter(kProbe64, 1); }},
    {"interpreter-path-max", "ENOEXEC", [](ElfImage& i) { i.want_interpreter(kProbe64, PATH_MAX + 1); }},
    {"interpreter-no-nul", "ENOEXEC", [](ElfImage& i) { i.want_interpreter(kProbe64, 4); }},
    {"interpreter-beyond-file", "EIO", [](ElfImage& i) { i.want_interpreter(kProbe64, 100); }},
    {"interpreter-missing", "ENOENT", [](ElfImage& i) { i.want_interpreter("/nothing"); }},
    {"interpreter-mode", "EACCES", [](ElfImage& i) { i.want_interpreter("/tmp/plain"); }},
    {"interpreter-directory", "EACCES", [](ElfImage& i) { i.want_interpreter("/tmp"); }},
    {"interpreter-fifo", "EACCES", [](ElfImage& i) { i.want_interpreter("/tmp/fifo"); }},
    {"interpreter-short", "EIO", [](ElfImage& i) { i.want_interpreter("/tmp/short"); }},
    {"interpreter-text", "ELIBBAD", [](ElfImage& i) { i.want_interpreter("/tmp/long"); }},
    {"interpreter-other-abi", "ELIBBAD",
     [](ElfImage& i) { i.want_interpreter(i.is64() ? kProbe32 : kProbe64); }},
    {"interpreter-headless", "ELIBBAD",
     [](ElfImage& i) { i.want_interpreter(i.is64() ? "/tmp/headless64" : "/tmp/headless32"); }},
};

const BadElf kTooLate[7] = {
    {"segment-misaligned", "SIGSEGV",
     [](ElfImage& i) { i.edit([](auto&, auto& load, auto&) { load.p_offset += 1; }); }},
    {"segment-in-kernel", "SIGSEGV",
     [](ElfImage& i) { i.edit([](auto&, auto& load, auto&) { set(load.p_vaddr, kKernel); }); }},
    {"segment-too-large", "SIGSEGV",
     [](ElfImage& i) { i.edit([](auto&, auto& load, auto&) { set(load.p_memsz, kKernel); }); }},
    {"segment-more-file", "SIGSEGV",
     [](ElfImage& i) { i.edit([](auto&, auto& load, auto&) { load.p_memsz = load.p_filesz - 1; }); }},
    {"shared-too-large", "SIGSEGV",
     [](ElfImage& i) {
         i.edit([](auto& header, auto& load, auto&) {
             header.e_type = ET_DYN;
             set(load.p_memsz, kKernel);
         });
     }},
    {"entry-in-kernel", "SIGSEGV",
     [](ElfImage& i) { i.edit([](auto& header, auto&, auto&) { set(header.e_entry, kKernel); }); }},
    {"interpreter-unmappable", "SIGSEGV",
     [](ElfImage& i) { i.want_interpreter(i.is64() ? "/tmp/late64" : "/tmp/late32"); }},
};

}  // namespace stackshift
