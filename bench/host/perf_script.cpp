// SPDX-License-Identifier: MIT
#include "host/perf_script.h"

#include <algorithm>

namespace stackshift {
namespace {

struct Rule {
    const char* function;
    const char* caller;  ///< only when called from this one; nullptr: from anywhere in an exec
    Phase phase;
    bool whole;  ///< all that it calls belongs to the phase too
};

// fs/exec.c and fs/binfmt_elf.c of 6.12, and where the common patches put their stamps. From the outermost
// function inwards, each rule that applies names the phase anew.
constexpr Rule kRules[] = {
    {"alloc_bprm", nullptr, Phase::alloc, false},
    // bprm_mm_init() is mostly inlined; 6.16 took create_init_stack_vma() out of it.
    {"bprm_mm_init", nullptr, Phase::init, true},
    {"mm_alloc", "alloc_bprm", Phase::init, true},
    {"mm_init", "alloc_bprm", Phase::init, true},
    {"create_init_stack_vma", "alloc_bprm", Phase::init, true},
    {"insert_vm_struct", "alloc_bprm", Phase::init, true},
    {"vm_area_alloc", "alloc_bprm", Phase::init, true},
    {"copy_strings", nullptr, Phase::strings, true},
    {"copy_string_kernel", nullptr, Phase::strings, true},
    {"count", "do_execveat_common", Phase::strings, true},
    {"bprm_stack_limits", nullptr, Phase::strings, true},
    {"bprm_execve", nullptr, Phase::search, false},
    {"begin_new_exec", nullptr, Phase::mm_switch, true},
    {"setup_new_exec", nullptr, Phase::mm_switch, true},
    {"setup_arg_pages", nullptr, Phase::place, true},
    {"load_elf_binary", nullptr, Phase::elf_map, false},
    {"create_elf_tables", nullptr, Phase::tables, true},
    // create_elf_tables() where it is inlined.
    {"strnlen_user", "load_elf_binary", Phase::tables, true},
    {"_copy_to_user", "load_elf_binary", Phase::tables, true},
    {"__put_user_4", "load_elf_binary", Phase::tables, true},
    {"__put_user_8", "load_elf_binary", Phase::tables, true},
    {"__put_user_nocheck_4", "load_elf_binary", Phase::tables, true},
    {"__put_user_nocheck_8", "load_elf_binary", Phase::tables, true},
    {"get_random_bytes", "load_elf_binary", Phase::tables, true},
    {"_get_random_bytes", "load_elf_binary", Phase::tables, true},
    {"arch_align_stack", "load_elf_binary", Phase::tables, true},
    {"free_bprm", nullptr, Phase::free, true},
};

constexpr const char* kEntries[] = {"__x64_sys_execve", "__ia32_compat_sys_execve", "__x64_sys_execveat",
                                    "do_execve", "do_execveat_common"};

bool is_entry(const std::string& function) {
    return std::find(std::begin(kEntries), std::end(kEntries), function) != std::end(kEntries);
}

/// "copy_strings.isra.0" is copy_strings().
std::string without_suffixes(std::string_view symbol) {
    return std::string(symbol.substr(0, symbol.find('.', 1)));
}

}  // namespace

std::vector<CallChain> parse_perf_script(std::string_view text) {
    std::vector<CallChain> chains;
    CallChain chain;
    const auto end_chain = [&] {
        if (!chain.empty()) chains.push_back(std::move(chain));
        chain.clear();
    };
    while (!text.empty()) {
        std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        const size_t address = line.find_first_not_of(" \t");
        if (address == std::string_view::npos) {
            end_chain();
            continue;
        }
        line.remove_prefix(address);
        const size_t blank = line.find(' ');
        if (blank == std::string_view::npos) continue;
        chain.push_back(without_suffixes(line.substr(blank + 1)));
    }
    end_chain();
    return chains;
}

std::optional<Phase> phase_of(const CallChain& chain) {
    const auto entry = std::find_if(chain.rbegin(), chain.rend(), is_entry);
    if (entry == chain.rend()) return std::nullopt;
    Phase phase = Phase::remainder;
    std::string caller;
    for (auto function = entry; function != chain.rend(); ++function) {
        for (const Rule& rule : kRules) {
            if (*function != rule.function || (rule.caller != nullptr && caller != rule.caller)) continue;
            phase = rule.phase;
            if (rule.whole) return phase;
        }
        caller = *function;
    }
    return phase;
}

ExecSamples share_out(const std::vector<CallChain>& chains) {
    ExecSamples result;
    result.all = chains.size();
    for (const CallChain& chain : chains) {
        const std::optional<Phase> phase = phase_of(chain);
        if (!phase) continue;
        ++result.in_exec;
        ++result.phases[*phase].samples;
        ++result.phases[*phase].functions[chain.front()];
    }
    return result;
}

}  // namespace stackshift
