// SPDX-License-Identifier: MIT
#include "conform/support/elf_image.h"

#include "util/read_text.h"

namespace stackshift {

ElfImage::ElfImage(const std::string& path) : bytes(read_text(path)) {}

void ElfImage::want_interpreter(const std::string& name, std::size_t length) {
    const std::size_t offset = bytes.size();
    bytes.append(name.c_str(), name.size() + 1);
    edit([&](auto&, auto&, auto& spare) {
        spare.p_type = PT_INTERP;
        spare.p_offset = static_cast<decltype(spare.p_offset)>(offset);
        spare.p_filesz = static_cast<decltype(spare.p_filesz)>(length != 0 ? length : name.size() + 1);
    });
}

void ElfImage::set_code(const std::string& code) {
    std::size_t at = 0;
    edit([&](auto& header, auto& load, auto&) { at = header.e_entry - load.p_vaddr + load.p_offset; });
    bytes.replace(at, code.size(), code);
}

void ElfImage::set_stack_header(std::uint32_t type, std::uint32_t flags) {
    edit([&](auto&, auto&, auto& stack) {
        stack.p_type = type;
        stack.p_flags = flags;
    });
}

std::string with_code_at_entry(const std::string& path, const std::string& code) {
    ElfImage image(path);
    image.set_code(code);
    return image.bytes;
}

}  // namespace stackshift
