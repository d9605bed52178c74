// SPDX-License-Identifier: MIT
#include "matrix/plan.h"

#include <algorithm>
#include <charconv>

namespace stackshift {
namespace {

constexpr std::string_view kPlanHeader = "stackshift-plan 1";
constexpr std::string_view kEventKey = "event ";
// Events are counted in two windows, and software events, all that an emulated guest has, fit into one group.
constexpr int kEventChains = 2;

// 32/33/34 stand around the kernel's limit for page-wise flushes (tlb_single_page_flush_ceiling = 33), 512
// around a page table; 1536 pages are the kernel's 6 MiB.
constexpr int kPages[] = {0, 1, 2, 4, 8, 16, 32, 33, 34, 64, 128, 256, 512, 1024, 1536};
// Each short string costs 8 bytes of pointer in the same 6 MiB: 1024 pages of them are the most that fits.
constexpr int kMostShortPages = 1024;

// Of the other exec paths: enough to see what of a whole operation grows with the arguments.
constexpr int kPathPages[] = {0, 1, 8, 33, 128};

/// A payload as it occurs, which has a size of its own.
Cell occurring(ExecPath path, Abi abi, Aslr aslr, Shape shape) {
    return {path, abi, aslr, pages_of(*fixed_payload(shape)), shape, Place::both};
}

/// Behind all others, which then count what they count without.
void add_recorded(std::vector<Cell>& cells, ExecPath path) {
    for (const Abi abi : {Abi::native, Abi::i386}) {
        if (abi == Abi::i386 && !info_of(path).has_i386) continue;
        for (const Aslr aslr : {Aslr::on, Aslr::off}) {
            for (const Shape shape :
                 {Shape::kernel_build, Shape::configure, Shape::ci_job, Shape::linker, Shape::big_env})
                cells.push_back(occurring(path, abi, aslr, shape));
        }
    }
}

/// Behind all self-execs, so that what these count does not depend on them.
void add_other_paths(std::vector<Cell>& cells) {
    for (const ExecPathInfo& path : kExecPaths) {
        if (path.path == ExecPath::self_exec) continue;
        for (const Abi abi : {Abi::native, Abi::i386}) {
            if (abi == Abi::i386 && !path.has_i386) continue;
            for (const Aslr aslr : {Aslr::on, Aslr::off}) {
                for (const int pages : kPathPages)
                    cells.push_back({path.path, abi, aslr, pages, Shape::long_strings, Place::argv});
                cells.push_back(occurring(path.path, abi, aslr, Shape::typical));
            }
        }
    }
}

std::vector<Cell> make_cells() {
    std::vector<Cell> cells;
    for (const Abi abi : {Abi::native, Abi::i386}) {
        for (const Aslr aslr : {Aslr::on, Aslr::off}) {
            for (const Place place : {Place::argv, Place::env, Place::both}) {
                for (const int pages : kPages) {
                    if (pages == 0 && place != Place::argv) continue;
                    cells.push_back({ExecPath::self_exec, abi, aslr, pages, Shape::long_strings, place});
                }
            }
            cells.push_back({ExecPath::self_exec, abi, aslr, 1, Shape::typical, Place::both});
            for (const Place place : {Place::argv, Place::env, Place::both}) {
                for (const int pages : kPages) {
                    if (pages == 0 || pages > kMostShortPages) continue;
                    cells.push_back({ExecPath::self_exec, abi, aslr, pages, Shape::short_strings, place});
                }
            }
        }
    }
    add_recorded(cells, ExecPath::self_exec);
    add_other_paths(cells);
    add_recorded(cells, ExecPath::vfork_exec);
    return cells;
}

bool one_of(int value, std::initializer_list<int> values) {
    return std::find(values.begin(), values.end(), value) != values.end();
}

/// smoke: the cells that show the effect: the zero-shift control, what relocation costs a small exec, and the
/// step between 33 and 34 pages.
bool in_smoke(const Cell& cell) {
    if (cell.path != ExecPath::self_exec) {
        const bool whole = cell.path == ExecPath::vfork_exec || cell.path == ExecPath::shell;
        return whole && cell.abi == Abi::native && cell.pages == 0;
    }
    if (cell.shape == Shape::typical) return cell.aslr == Aslr::on;
    if (cell.shape != Shape::long_strings || cell.place != Place::argv) return false;
    if (cell.aslr == Aslr::on) return one_of(cell.pages, {0, 1, 8, 33, 34});
    return cell.abi == Abi::native ? one_of(cell.pages, {0, 8, 34}) : cell.pages == 0;
}

/// quick: the whole grid with long argv, and a cut of the rest.
bool in_quick(const Cell& cell) {
    // With its control: what the move is of the whole is a difference of the two.
    if (is_recorded(cell.shape)) return cell.path == ExecPath::self_exec && cell.abi == Abi::native;
    if (cell.path != ExecPath::self_exec)
        return cell.pages <= 1 && (cell.aslr == Aslr::on || cell.abi == Abi::native);
    if (cell.shape == Shape::typical) return true;
    if (cell.shape == Shape::long_strings) {
        if (cell.place == Place::argv) return true;
        return cell.aslr == Aslr::on && one_of(cell.pages, {8, 128});
    }
    return cell.aslr == Aslr::on && cell.place == Place::argv && one_of(cell.pages, {1, 8, 33});
}

}  // namespace

const std::vector<Cell>& all_cells() {
    static const std::vector<Cell> cells = make_cells();
    return cells;
}

bool is_in_matrix(const Cell& cell) {
    return std::find(all_cells().begin(), all_cells().end(), cell) != all_cells().end();
}

const std::vector<std::string>& profile_names() {
    static const std::vector<std::string> names = {"smoke", "quick", "full"};
    return names;
}

unsigned planned_execs(const Cell& cell) {
    // Each takes a multiple of a self-exec, and varies no more.
    if (cell.path != ExecPath::self_exec && cell.pages <= 8)
        return info_of(cell.path).instructions > 500e3 ? 50 : 100;
    if (cell.pages <= 8) return 200;
    if (cell.pages <= 64) return 50;
    return cell.shape == Shape::short_strings ? 5 : 10;
}

unsigned event_execs(const Cell& cell) {
    return cell.pages > 64 ? 5 : 20;
}

Plan make_plan(std::string_view profile) {
    Plan plan;
    for (const Cell& cell : all_cells()) {
        if (profile == "full" || (profile == "quick" && in_quick(cell)) ||
            (profile == "smoke" && in_smoke(cell))) {
            plan.cells.push_back({cell, planned_execs(cell)});
        }
    }
    return plan;
}

std::string Plan::text() const {
    std::string text(kPlanHeader);
    text += '\n';
    for (const PlannedCell& planned : cells) {
        text += planned.cell.name() + ' ' + std::to_string(planned.execs) + '\n';
    }
    for (const PlannedEvent& event : events) {
        text.append(kEventKey).append(event.name).append(" ").append(event.encoding).append("\n");
    }
    return text;
}

double Plan::estimated_instructions() const {
    // Measured on 6.12.117 (docs/results.md): a page of long strings, a short string; then what the target
    // itself spends on checking them.
    constexpr double kLongPage = 24e3;
    constexpr double kShortString1 = 500;
    double total = 0;
    for (const PlannedCell& planned : cells) {
        const double pages = planned.cell.pages;
        const double strings = planned.cell.shape == Shape::short_strings ? pages * 4096 / kShortString : 0;
        const unsigned execs =
            planned.execs + (events.empty() ? 0 : kEventChains * event_execs(planned.cell));
        total +=
            execs * (info_of(planned.cell.path).instructions + pages * kLongPage + strings * kShortString1);
    }
    return total;
}

bool parse_plan(std::string_view text, Plan& plan, std::string& problem) {
    plan.cells.clear();
    plan.events.clear();
    bool header = true;
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        problem = std::string(line);
        if (header) {
            if (line != kPlanHeader) return false;
            header = false;
            continue;
        }
        if (line.starts_with(kEventKey)) {
            const std::string_view event = line.substr(kEventKey.size());
            const size_t end = event.find(' ');
            if (end == 0 || end == std::string_view::npos || end + 1 == event.size()) return false;
            plan.events.push_back({std::string(event.substr(0, end)), std::string(event.substr(end + 1))});
            continue;
        }
        const size_t space = line.find(' ');
        if (space == std::string_view::npos) return false;
        const std::optional<Cell> cell = parse_cell(line.substr(0, space));
        const std::string_view number = line.substr(space + 1);
        unsigned execs = 0;
        const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), execs);
        if (!cell || !is_in_matrix(*cell) || error != std::errc() || end != number.data() + number.size() ||
            execs == 0)
            return false;
        plan.cells.push_back({*cell, execs});
    }
    return !header;
}

}  // namespace stackshift
