// SPDX-License-Identifier: MIT
// Call chains as perf prints them, shared out over the phases of an exec. The recorded text is of
// Linux 6.18 (perf 6.1, cpu-clock:k), one sample of each kind.
#include "host/perf_script.h"

#include <gtest/gtest.h>

#include <cstdint>

#include "host/perf_record.h"
#include "report/perf_text.h"
#include "util/files.h"

namespace stackshift {
namespace {

std::vector<CallChain> recorded() {
    return parse_perf_script(read_file(STACKSHIFT_TEST_DATA "/perf_script.txt"));
}

TEST(PerfScript, ReadsARecordedText) {
    const std::vector<CallChain> chains = recorded();
    ASSERT_EQ(chains.size(), 14U);
    EXPECT_EQ(chains[0].front(), "___pte_offset_map");
    // Without ".isra.0".
    EXPECT_EQ(chains[0][7], "copy_strings");
    EXPECT_EQ(chains[0].back(), "__GI___execve");
    EXPECT_TRUE(parse_perf_script("").empty());
    EXPECT_EQ(parse_perf_script("  ffff clear_page_erms").size(), 1U) << "no blank line at the end";
}

TEST(PerfScript, EachSampleGoesToItsPhase) {
    // Looked up by hand in the file, in its order.
    const std::vector<std::optional<Phase>> expected = {
        Phase::strings,   Phase::strings,   Phase::place,   Phase::place, Phase::mm_switch,
        Phase::mm_switch, Phase::tables,    Phase::elf_map, Phase::init,  Phase::alloc,
        Phase::free,      Phase::remainder, std::nullopt,   std::nullopt};
    const std::vector<CallChain> chains = recorded();
    ASSERT_EQ(chains.size(), expected.size());
    for (size_t i = 0; i < chains.size(); ++i) EXPECT_TRUE(phase_of(chains[i]) == expected[i]) << i;
}

TEST(PerfScript, SharesAddUp) {
    const ExecSamples samples = share_out(recorded());
    EXPECT_EQ(samples.all, 14U);
    EXPECT_EQ(samples.in_exec, 12U);
    std::uint64_t sum = 0;
    for (const auto& [name, phase] : samples.phases) {
        sum += phase.samples;
        std::uint64_t functions = 0;
        for (const auto& [function, count] : phase.functions) functions += count;
        EXPECT_EQ(functions, phase.samples) << to_string(name);
    }
    EXPECT_EQ(sum, samples.in_exec);
    EXPECT_EQ(samples.phases.at(Phase::place).samples, 2U);
    EXPECT_EQ(samples.phases.at(Phase::tables).functions.at("strnlen_user"), 1U);
}

TEST(PerfScript, AFunctionCountsForThePhaseItIsCalledIn) {
    // strnlen_user() is called by copy_strings() and by create_elf_tables(), here inlined.
    EXPECT_EQ(phase_of({"strnlen_user", "copy_strings", "do_execveat_common"}), Phase::strings);
    EXPECT_EQ(phase_of({"strnlen_user", "load_elf_binary", "bprm_execve", "do_execveat_common"}),
              Phase::tables);
    EXPECT_EQ(phase_of({"strnlen_user", "create_elf_tables", "load_elf_binary", "do_execveat_common"}),
              Phase::tables);
    // A script's interpreter is looked for by the same function once more.
    EXPECT_EQ(phase_of({"copy_string_kernel", "load_script", "bprm_execve", "do_execveat_common"}),
              Phase::strings);
    EXPECT_EQ(phase_of({"getname_flags", "__x64_sys_execve", "do_syscall_64"}), Phase::remainder);
    EXPECT_EQ(phase_of({"mm_init", "dup_mm", "copy_process", "__do_sys_clone"}), std::nullopt) << "a fork";
    EXPECT_EQ(phase_of({}), std::nullopt);
}

TEST(PerfText, SharesWithTheirUncertainty) {
    PerfRecording recording;
    recording.event = "cpu-clock:k";
    recording.why = "no PMU";
    recording.frequency = 10000;
    RecordedCell cell;
    cell.cell = "self-exec/native/aslr/argv:8p/long";
    cell.execs = 50;
    cell.samples.all = 120;
    cell.samples.in_exec = 100;
    cell.samples.phases[Phase::place] = {20, {{"flush_tlb_mm_range", 15}, {"move_page_tables", 5}}};
    cell.samples.phases[Phase::strings] = {80, {{"strnlen_user", 80}}};
    recording.cells.push_back(cell);
    recording.cells.push_back(
        {"self-exec/i386/aslr/argv:0p/long", "this kernel runs no i386 programs", 0, {}, {}});
    const std::string text = perf_text(recording);
    // 1.96 * sqrt(0.2 * 0.8 / 100) = 0.0784
    EXPECT_NE(text.find("\nstrings     80.0%   7.8  strnlen_user 80.0%\n"
                        "place       20.0%   7.8  flush_tlb_mm_range 15.0%, move_page_tables 5.0%\n"),
              std::string::npos)
        << text;
    EXPECT_NE(text.find("100 samples in 50 execs (20 outside of execve)"), std::string::npos) << text;
    EXPECT_NE(text.find("argv:0p/long: this kernel runs no i386 programs"), std::string::npos) << text;
    EXPECT_NE(text.find("cycles:k is unavailable: no PMU"), std::string::npos) << text;
}

TEST(PerfRecord, HiddenAddressesAreSeen) {
    EXPECT_TRUE(shows_addresses("ffffffff81000000 T startup_64"));
    EXPECT_FALSE(shows_addresses("0000000000000000 T startup_64"));
    EXPECT_FALSE(shows_addresses(""));
}

}  // namespace
}  // namespace stackshift
