// SPDX-License-Identifier: MIT
// The groups of conformance tests, for both sides: the host decides which boot runs which groups, the guest
// runs those that its command line names (groups=args,scripts). A group is named here and nowhere else.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace stackshift {

/// The machine that a group wants.
enum class GroupMachine {
    serial,    ///< one CPU, instruction counting: the same events in the same order at every boot
    parallel,  ///< two CPUs that run at the same time: for races
    debug,     ///< as parallel, and only with fault injection (kernels/config/debug.config)
};

/// In the order in which they run.
enum class Group {
    args,         ///< strings arrive byte for byte; limits of their size and number
    chain,        ///< hundreds of self-execs, each checked
    scripts,      ///< interpreters of interpreters, of both ABIs, binfmt_misc
    prediction,   ///< every way in which a prediction of the stack's place can end
    failures,     ///< execs that fail before and after the point of no return
    leaks,        ///< execs leave nothing behind, thousands of times
    view,         ///< what the new program and /proc show
    aslr,         ///< where the stack ends, as a distribution
    environment,  ///< limits, personalities, stack flags of the program
    privileges,   ///< every way to gain privileges by an exec, and what it must clear
    parents,      ///< vfork, posix_spawn, threads, sigaltstack, the kernel itself
    swap,         ///< arguments larger than the memory cgroup
    kernel,       ///< the kernel's own tests: KUnit, kselftest
    nomem,  ///< every allocation of an exec fails once; last of its machine, for what it does to counters
    race,   ///< somebody who shares the strings' memory writes to it
    storm,  ///< execs, kills and threads on both CPUs
    churn,  ///< allocation failures at random, swapping
    count   ///< how many groups there are
};

struct GroupInfo {
    Group group;
    std::string_view name;
    GroupMachine machine;
};

/// The one spelling of each group, in the order of the enum.
inline constexpr std::array<GroupInfo, static_cast<std::size_t>(Group::count)> kGroups = {{
    {Group::args, "args", GroupMachine::serial},
    {Group::chain, "chain", GroupMachine::serial},
    {Group::scripts, "scripts", GroupMachine::serial},
    {Group::prediction, "prediction", GroupMachine::serial},
    {Group::failures, "failures", GroupMachine::serial},
    {Group::leaks, "leaks", GroupMachine::serial},
    {Group::view, "view", GroupMachine::serial},
    {Group::aslr, "aslr", GroupMachine::serial},
    {Group::environment, "environment", GroupMachine::serial},
    {Group::privileges, "privileges", GroupMachine::serial},
    {Group::parents, "parents", GroupMachine::serial},
    {Group::swap, "swap", GroupMachine::serial},
    {Group::kernel, "kernel", GroupMachine::serial},
    {Group::nomem, "nomem", GroupMachine::serial},
    {Group::race, "race", GroupMachine::parallel},
    {Group::storm, "storm", GroupMachine::parallel},
    {Group::churn, "churn", GroupMachine::debug},
}};

/// Whether a table has one entry per group, in the order of the enum. Its entries have a member `group`.
template <typename Table>
constexpr bool one_entry_per_group(const Table& table) {
    if (std::size(table) != static_cast<std::size_t>(Group::count)) return false;
    for (std::size_t i = 0; i < std::size(table); ++i)
        if (static_cast<std::size_t>(table[i].group) != i) return false;
    return true;
}
static_assert(one_entry_per_group(kGroups));

/// The group of this name, or nothing.
constexpr std::optional<Group> parse_group(std::string_view name) {
    for (const GroupInfo& info : kGroups)
        if (info.name == name) return info.group;
    return std::nullopt;
}

/// "serial": in the names of boots and in result files.
constexpr std::string_view to_string(GroupMachine machine) {
    switch (machine) {
        case GroupMachine::serial:
            return "serial";
        case GroupMachine::parallel:
            return "parallel";
        case GroupMachine::debug:
            break;
    }
    return "debug";
}

}  // namespace stackshift
