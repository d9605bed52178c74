// SPDX-License-Identifier: MIT
// What a kernel counts of the same execs in different places must agree, but for what its source says that
// one of them leaves out: /proc/vmstat's TLB counters and the tracepoint tlb:tlb_flush; vmstat's pgfault and
// perf's page-faults. Line numbers are of 6.12.117.
#include <gtest/gtest.h>

#include <future>
#include <map>
#include <sstream>
#include <utility>

#include "guest_init.h"
#include "matrix/cell.h"
#include "run_tool.h"

namespace stackshift {
namespace {

// include/linux/mm_types.h, enum tlb_flush_reason.
constexpr long kTaskSwitch = 0;
constexpr long kLocal = 2;
constexpr long kLocalMm = 3;
// TLB_FLUSH_ALL, as the trace prints it.
constexpr long kAll = -1;

/// What tests/guest/flushes.cpp says of one chain.
struct Watched {
    long execs = 0;
    std::map<std::string, long> vmstat;
    long faults = 0;
    long written = 0;
    std::map<std::pair<long, long>, long> trace;  ///< (reason, pages) -> times

    long times(long reason, long pages) const {
        const auto found = trace.find({reason, pages});
        return found == trace.end() ? 0 : found->second;
    }
    /// Events of a reason, whatever they flushed.
    long of_reason(long reason) const {
        long sum = 0;
        for (const auto& [what, count] : trace) sum += what.first == reason ? count : 0;
        return sum;
    }
    long full() const { return vmstat.at("nr_tlb_local_flush_all"); }
    long single() const { return vmstat.at("nr_tlb_local_flush_one"); }
};

struct Report {
    std::map<std::string, Watched> cells;
    std::vector<std::string> errors;
    bool done = false;
};

Report read_report(const std::string& text) {
    Report report;
    Watched* cell = nullptr;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string key;
        words >> key;
        if (key == "cell") {
            std::string name;
            words >> name;
            cell = &report.cells[name];
            words >> cell->execs;
        } else if (key == "error") {
            report.errors.push_back(line);
        } else if (key == "done") {
            report.done = true;
        } else if (cell != nullptr && key == "vmstat") {
            words >> key;
            words >> cell->vmstat[key];
        } else if (cell != nullptr && key == "faults") {
            words >> cell->faults;
        } else if (cell != nullptr && key == "written") {
            words >> cell->written;
        } else if (cell != nullptr && key == "trace") {
            long reason = 0;
            long pages = 0;
            words >> reason >> pages;
            words >> cell->trace[{reason, pages}];
        }
    }
    return report;
}

Report boot(const std::string& kernel) {
    return read_report(
        boot_init(kernel, "flushes",
                  {{"chain64", BUILD_DIR "/guest/chain64"}, {"chain32", BUILD_DIR "/guest/chain32"}}));
}

std::string cell_name(const char* part) {
    return std::string("self-exec/") + part + "/long";
}

/// Of all kernels, two side by side.
std::map<std::string, Report> watch_all() {
    std::map<std::string, Report> reports;
    const ToolRun build =
        run_tool({"kernels", "--strategies", "pristine,relocate,direct,array,pagelist,shmem,early"});
    EXPECT_EQ(build.code, 0) << build.err;
    if (build.code != 0) return reports;
    using Pair = std::pair<const char*, const char*>;
    for (const auto& [one, two] :
         {Pair("pristine", "relocate"), Pair("direct", "array"), Pair("pagelist", "shmem")}) {
        std::future<Report> other = std::async(std::launch::async, boot, two);
        reports[one] = boot(one);
        reports[two] = other.get();
    }
    reports["early"] = boot("early");
    return reports;
}

class Flushes : public testing::TestWithParam<const char*> {
  protected:
    void SetUp() override {
        // Each kernel is watched once, whichever test comes first.
        static const std::map<std::string, Report> reports = watch_all();
        ASSERT_EQ(reports.count(strategy()), 1U);
        report_ = reports.at(strategy());
        ASSERT_TRUE(report_.done);
        // array holds 32 pages, as it declares: its 34 are no chain.
        const size_t failing = strategy() == "array" ? 3 : 0;
        ASSERT_EQ(report_.errors.size(), failing) << testing::PrintToString(report_.errors);
        ASSERT_EQ(report_.cells.size() + failing, 9U);
    }
    static std::string strategy() { return GetParam(); }
    static bool moves_a_live_stack() { return strategy() == "pristine" || strategy() == "relocate"; }
    static bool stages_by_faults() {
        return strategy() != "array" && strategy() != "pagelist" && strategy() != "shmem";
    }
    Report report_;
};

TEST_P(Flushes, VmstatAndTraceAgreeWhereTheSourceSaysSo) {
    for (const auto& [name, cell] : report_.cells) {
        SCOPED_TRACE(name);
        long traced = 0;
        long pages = 0;
        for (const auto& [what, count] : cell.trace) {
            traced += count;
            if (what.first == kLocalMm && what.second > 0) pages += what.second * count;
        }
        EXPECT_EQ(traced, cell.written) << "the trace buffer has lost some, or a line was not understood";

        // flush_tlb_func() (arch/x86/mm/tlb.c:742) is the one place that counts a full flush (:886), always
        // of this CPU, and it traces each (:894): as "local" where a batch has no mm, else as "local mm". So
        // these two reasons' full ones are vmstat's.
        EXPECT_EQ(cell.full(), cell.times(kLocalMm, kAll) + cell.times(kLocal, kAll));
        // The same for pages (:879). vmstat has one more source, flush_tlb_one_kernel() (:1156), which is not
        // traced; nothing unmaps kernel memory in these windows.
        EXPECT_EQ(cell.single(), pages);
        // switch_mm_irqs_off() traces (:642) what no counter of vmstat sees: at least one an exec, whose new
        // mm is loaded. It is always a full flush here, because the guest's CPU has no PCID (else :647 traces
        // one of 0 pages where the address space was still known).
        EXPECT_GE(cell.times(kTaskSwitch, kAll), cell.execs);
        EXPECT_EQ(cell.times(kTaskSwitch, kAll), cell.of_reason(kTaskSwitch));
        // One CPU: nobody is sent a flush, nor waited for.
        EXPECT_EQ(traced, cell.of_reason(kTaskSwitch) + cell.of_reason(kLocal) + cell.of_reason(kLocalMm));
        EXPECT_EQ(cell.vmstat.at("nr_tlb_remote_flush"), 0);
        EXPECT_EQ(cell.vmstat.at("nr_tlb_remote_flush_received"), 0);
    }
}

TEST_P(Flushes, ThePlacementsOwnAreTheOnesOfTheModel) {
    // What fork() and the collector flush is in every cell; without ASLR a native stack is not moved, so
    // there it is all.
    const Watched& control = report_.cells.at(cell_name("native/noaslr/argv:0p"));
    for (const auto& [name, cell] : report_.cells) {
        SCOPED_TRACE(name);
        const Cell what = parse_cell(name).value();
        const long calls = cell.of_reason(kLocalMm) - control.of_reason(kLocalMm);
        const bool moved = what.abi == Abi::i386 || what.aslr == Aslr::on;
        if (!moved || !moves_a_live_stack()) {
            // early flushes as often as relocate does, but an mm that is not loaded: flush_tlb_mm_range()
            // (:1043) calls flush_tlb_func() only for the one that is, so neither traces nor counts.
            EXPECT_EQ(calls, 0);
            EXPECT_EQ(cell.full(), control.full());
            EXPECT_EQ(cell.single(), control.single());
            continue;
        }
        // Two an exec: after moving PTEs (mm/mremap.c:227) and when the old tables go. One more for each exec
        // whose stack crosses a page table's 2 MiB at its new place: none of one page, else a few in 100.
        EXPECT_GE(calls, 2 * cell.execs);
        EXPECT_LE(calls, 2 * cell.execs + (what.pages == 0 ? 0 : cell.execs / 3));
        // The tables' flush has a stride of 2 MiB (tlb_get_unmap_shift()): within one GiB, where native
        // ASLR's 22 bits put one exec in 16, it is some INVLPG of strides that (end - start) >> 21 rounds to
        // 0
        // (:871), so that it is traced with 0 pages and not counted. On i386 and without ASLR never.
        const long partial = cell.times(kLocalMm, 0);
        if (what.abi == Abi::native && what.aslr == Aslr::on) {
            EXPECT_LE(partial, cell.execs / 4);
        } else {
            EXPECT_EQ(partial, 0);
        }
        const long staged = std::max(what.pages, 1);
        if (staged <= 33) {
            // The first flush is by page, however it is cut; strides in it are few (1 to 4, mostly 0).
            EXPECT_GE(cell.single() - control.single(), staged * cell.execs);
            EXPECT_LE(cell.single() - control.single(), staged * cell.execs + 4 * cell.execs / 16);
            // The second is a full one, but for those strides.
            EXPECT_LE(cell.full() - control.full(), cell.execs);
            EXPECT_GE(cell.full() - control.full() + partial, cell.execs - cell.execs / 16);
        } else {
            EXPECT_GT(cell.full() - control.full(), cell.execs * 3 / 2) << "both are full from 34 pages on";
        }
    }
}

TEST_P(Flushes, FaultsThatPerfLeavesOutAreTheStagedPages) {
    // mm_account_fault() (mm/memory.c:5956) counts pgfault for every fault; perf's page-faults are counted by
    // the exception alone (arch/x86/mm/fault.c:1283). get_user_pages() raises none, and takes one fault for
    // each page of strings. So the difference names the kernel that ran: the staged pages, or none.
    for (const auto& [name, cell] : report_.cells) {
        const long staged = std::max(parse_cell(name).value().pages, 1);
        EXPECT_EQ(cell.vmstat.at("pgfault") - cell.faults, stages_by_faults() ? staged * cell.execs : 0)
            << name;
    }
}

INSTANTIATE_TEST_SUITE_P(Kernels, Flushes,
                         testing::Values("pristine", "relocate", "direct", "array", "pagelist", "shmem",
                                         "early"));

}  // namespace
}  // namespace stackshift
