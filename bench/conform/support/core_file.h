// SPDX-License-Identifier: MIT
// An ELF core of either class: what the dead program had been given.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "conform/support/auxv.h"
#include "conform/support/tap.h"

namespace stackshift {

class CoreFile {
  public:
    /// `bytes`: the file's. If it is no core, all below is empty.
    explicit CoreFile(const std::string& bytes);
    /// Names of the general notes in their order, without notes of registers, which depend on the machine.
    const std::string& notes() const { return notes_; }
    /// The program's strings, found from the stack pointer of its first thread on. Right only if it died at
    /// its first instruction.
    const Strings& argv() const { return argv_; }
    const Strings& env() const { return env_; }
    const std::string& execfn() const { return execfn_; }
    /// Size of the segment that holds the stack pointer, if all of it is in the file.
    std::uint64_t stack_pages() const { return stack_pages_; }

  private:
    struct Segment {
        std::uint64_t start, bytes, in_file;
        std::string content;
    };
    template <typename Header, typename Program, typename Word>
    void parse(const std::string& bytes);
    template <typename Word>
    void parse_notes(const std::string& notes);
    template <typename Word>
    void follow_stack();
    const Segment* segment(std::uint64_t address) const;
    template <typename Word>
    std::uint64_t word(std::uint64_t address) const;
    std::string text(std::uint64_t address) const;

    std::string notes_;
    std::uint64_t sp_ = 0;
    Auxiliary aux_;
    std::vector<Segment> segments_;
    Strings argv_, env_;
    std::string execfn_;
    std::uint64_t stack_pages_ = 0;
};

}  // namespace stackshift
