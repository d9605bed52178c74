// SPDX-License-Identifier: MIT
// Programs that a test makes from another, byte by byte.
#pragma once

#include <elf.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace stackshift {

/// The bytes of an ELF program like the probe: its only segment is loaded read-only, and PT_GNU_STACK says
/// that its stack is not executable.
class ElfImage {
  public:
    explicit ElfImage(const std::string& path);
    bool is64() const { return bytes[EI_CLASS] == ELFCLASS64; }
    /// change(header, first segment that is loaded, PT_GNU_STACK). The last may be made into something else,
    /// as a program runs without it.
    template <typename Edit>
    void edit(Edit&& change) {
        is64() ? apply<Elf64_Ehdr, Elf64_Phdr>(change) : apply<Elf32_Ehdr, Elf32_Phdr>(change);
    }
    /// Names this interpreter, by `length` bytes of the name; 0: by all of them and the NUL.
    void want_interpreter(const std::string& name, std::size_t length = 0);
    /// Replaces the bytes at the entry.
    void set_code(const std::string& code);
    /// Gives PT_GNU_STACK another type and flags.
    void set_stack_header(std::uint32_t type, std::uint32_t flags);
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

/// The bytes of the program at `path`, with `code` at its entry.
std::string with_code_at_entry(const std::string& path, const std::string& code);

}  // namespace stackshift
