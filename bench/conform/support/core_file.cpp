// SPDX-License-Identifier: MIT
#include "conform/support/core_file.h"

#include <elf.h>

#include <cstring>

#include "conform/support/exec.h"

namespace stackshift {
namespace {

/// Where elf_prstatus has the stack pointer: pr_reg follows 112 or 72 bytes of other fields, and has rsp as
/// number 19 of user_regs_struct, esp as number 15 of user_regs_struct32.
template <typename Word>
constexpr std::size_t kStackPointerAt = sizeof(Word) == 8 ? 112 + 19 * 8 : 72 + 15 * 4;

const char* note_name(std::uint32_t type) {
    switch (type) {
        case NT_PRSTATUS:
            return "PRSTATUS";
        case NT_PRPSINFO:
            return "PRPSINFO";
        case NT_SIGINFO:
            return "SIGINFO";
        case NT_AUXV:
            return "AUXV";
        case NT_FILE:
            return "FILE";
        default:
            return nullptr;
    }
}

template <typename Word>
Word load(const std::string& data, std::size_t at) {
    Word value = 0;
    if (at + sizeof value <= data.size()) std::memcpy(&value, data.data() + at, sizeof value);
    return value;
}

}  // namespace

CoreFile::CoreFile(const std::string& bytes) {
    if (bytes.size() < sizeof(Elf64_Ehdr) || bytes.compare(0, SELFMAG, ELFMAG) != 0) return;
    if (bytes[EI_CLASS] == ELFCLASS64) {
        parse<Elf64_Ehdr, Elf64_Phdr, std::uint64_t>(bytes);
    } else {
        parse<Elf32_Ehdr, Elf32_Phdr, std::uint32_t>(bytes);
    }
}

template <typename Header, typename Program, typename Word>
void CoreFile::parse(const std::string& bytes) {
    Header header;
    std::memcpy(&header, bytes.data(), sizeof header);
    for (std::size_t i = 0; i < header.e_phnum; ++i) {
        const std::size_t at = header.e_phoff + i * sizeof(Program);
        if (header.e_type != ET_CORE || at + sizeof(Program) > bytes.size()) return;
        Program program;
        std::memcpy(&program, bytes.data() + at, sizeof program);
        if (program.p_offset > bytes.size()) return;
        std::string content = bytes.substr(program.p_offset, program.p_filesz);
        if (program.p_type == PT_NOTE) parse_notes<Word>(content);
        if (program.p_type != PT_LOAD) continue;
        const std::uint64_t in_file = content.size();
        segments_.push_back({program.p_vaddr, program.p_memsz, in_file, std::move(content)});
    }
    follow_stack<Word>();
}

template <typename Word>
void CoreFile::parse_notes(const std::string& notes) {
    // The same header in both classes; name and content are padded to 4 bytes.
    const auto padded = [](std::size_t bytes) { return (bytes + 3) / 4 * 4; };
    for (std::size_t at = 0; at + sizeof(Elf64_Nhdr) <= notes.size();) {
        Elf64_Nhdr note;
        std::memcpy(&note, notes.data() + at, sizeof note);
        at += sizeof note + padded(note.n_namesz);
        if (const char* name = note_name(note.n_type))
            notes_ += (notes_.empty() ? "" : " ") + std::string(name);
        if (note.n_type == NT_PRSTATUS) sp_ = load<Word>(notes, at + kStackPointerAt<Word>);
        if (note.n_type == NT_AUXV && at <= notes.size())
            aux_ = parse_auxiliary(notes.substr(at, note.n_descsz), 8 * sizeof(Word));
        at += padded(note.n_descsz);
    }
}

const CoreFile::Segment* CoreFile::segment(std::uint64_t address) const {
    for (const Segment& s : segments_)
        if (address >= s.start && address < s.start + s.bytes) return &s;
    return nullptr;
}

template <typename Word>
std::uint64_t CoreFile::word(std::uint64_t address) const {
    const Segment* s = segment(address);
    return s == nullptr ? 0 : load<Word>(s->content, address - s->start);
}

std::string CoreFile::text(std::uint64_t address) const {
    const Segment* s = segment(address);
    if (s == nullptr || address - s->start >= s->content.size()) return {};
    const std::size_t at = address - s->start;
    return s->content.substr(at, s->content.find('\0', at) - at);
}

template <typename Word>
void CoreFile::follow_stack() {
    const Segment* stack = segment(sp_);
    if (stack == nullptr) return;
    if (stack->in_file == stack->bytes) stack_pages_ = stack->bytes / kPage;
    std::uint64_t at = sp_ + sizeof(Word);
    const auto take = [&](Strings& strings) {
        for (; const std::uint64_t pointer = word<Word>(at); at += sizeof(Word))
            strings.push_back(text(pointer));
        at += sizeof(Word);
    };
    take(argv_);
    take(env_);
    const auto name = aux_.find(AT_EXECFN);
    if (name != aux_.end()) execfn_ = text(name->second);
}

}  // namespace stackshift
