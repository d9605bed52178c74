// SPDX-License-Identifier: MIT
// Programs that the kernel must refuse, made of a good one.
#pragma once

#include <elf.h>

#include <cstddef>
#include <string>

namespace stackshift {

/// The bytes of a probe, to be edited.
class ElfImage {
  public:
    explicit ElfImage(const std::string& path);
    bool is64() const { return bytes[EI_CLASS] == ELFCLASS64; }
    /// edit(header, first loaded segment, a segment that nobody needs): the one that says how the stack is.
    template <typename Edit>
    void edit(Edit&& change) {
        is64() ? apply<Elf64_Ehdr, Elf64_Phdr>(change) : apply<Elf32_Ehdr, Elf32_Phdr>(change);
    }
    /// Wants this interpreter; `length` of the name's bytes, all and the NUL unless given.
    void want_interpreter(const std::string& name, std::size_t length = 0);
    std::string bytes;

  private:
    template <typename Header, typename Segment, typename Edit>
    void apply(Edit& change) {
        auto* header = reinterpret_cast<Header*>(bytes.data());
        auto* segments = reinterpret_cast<Segment*>(bytes.data() + header->e_phoff);
        Segment* load = nullptr;
        Segment* spare = nullptr;
        for (int i = header->e_phnum; i-- > 0;) {
            if (segments[i].p_type == PT_LOAD) load = &segments[i];
            if (segments[i].p_type == PT_GNU_STACK) spare = &segments[i];
        }
        change(*header, *load, *spare);
    }
};

/// One way to break a program.
struct BadElf {
    const char* name;
    const char* expected;  ///< how its exec ends
    void (*damage)(ElfImage& image);
};

/// Files that the programs below want as interpreters.
void make_bad_interpreters();

/// Refused while the caller can be told so, and found out too late for that. (binfmt_elf.c of 6.12)
extern const BadElf kRefused[21];
extern const BadElf kTooLate[7];

}  // namespace stackshift
