// SPDX-License-Identifier: MIT
#include "guest/report.h"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace stackshift {
namespace {

std::uint64_t fnv1a(std::uint64_t hash, std::string_view text) {
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
    return hash;
}

/// Takes the next word; empty at the end.
std::string_view take_word(std::string_view& line) {
    line.remove_prefix(std::min(line.size(), line.find_first_not_of(' ')));
    const std::string_view word = line.substr(0, line.find(' '));
    line.remove_prefix(word.size());
    return word;
}

bool take_number(std::string_view& line, std::uint64_t& value) {
    const std::string_view word = take_word(line);
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    return !word.empty() && error == std::errc() && end == word.data() + word.size();
}

bool take_numbers(std::string_view line, std::vector<std::uint64_t>& values) {
    std::uint64_t value = 0;
    while (line.find_first_not_of(' ') != std::string_view::npos) {
        if (!take_number(line, value)) return false;
        values.push_back(value);
    }
    return true;
}

std::string_view rest(std::string_view line) {
    return line.substr(std::min(line.size(), size_t{1}));
}

bool take_status(std::string_view& line, CellStatus& status) {
    const std::optional<CellStatus> known = parse<CellStatus>(take_word(line));
    if (known) status = *known;
    return known.has_value();
}

/// "start" and "end" are what lies before and behind all phases.
bool take_phase(std::string_view line, GuestCell& cell) {
    const std::string_view name = take_word(line);
    if (name == "start") return take_numbers(line, cell.before_phases);
    if (name == "end") return take_numbers(line, cell.after_phases);
    const std::optional<Phase> phase = parse<Phase>(name);
    return phase && *phase != Phase::remainder && take_numbers(line, cell.phases[*phase]);
}

bool take_part(std::string_view line, GuestCell& cell) {
    const std::optional<Part> part = parse<Part>(take_word(line));
    return part && take_numbers(line, cell.parts[*part]);
}

/// The words of a group's read, as the bytes that they were.
bool take_read(std::string_view line, std::string& buffer) {
    std::vector<std::uint64_t> words;
    if (!take_numbers(line, words)) return false;
    buffer.resize(words.size() * sizeof(std::uint64_t));
    if (!words.empty()) std::memcpy(buffer.data(), words.data(), buffer.size());
    return true;
}

/// A line of the events, which follow all cells.
bool parse_event_line(std::string_view key, std::string_view line, GuestReport& report) {
    if (key == "event_unavailable") {
        const std::string name(take_word(line));
        report.events_unavailable[name] = rest(line);
    } else if (key == "event_group") {
        std::vector<std::string> names;
        for (std::string_view name = take_word(line); !name.empty(); name = take_word(line))
            names.emplace_back(name);
        report.event_groups.push_back(std::move(names));
    } else if (key == "event_chain") {
        GuestEventChain chain;
        if (!take_number(line, chain.cell) || !take_number(line, chain.window) ||
            !take_number(line, chain.group) || chain.cell >= report.cells.size() ||
            chain.group >= report.event_groups.size()) {
            return false;
        }
        if (!take_status(line, chain.status)) return false;
        chain.reason = rest(line);
        report.event_chains.push_back(std::move(chain));
    } else if (report.event_chains.empty()) {
        return false;
    } else if (key == "event_empty") {
        return take_read(line, report.event_chains.back().empty);
    } else if (key == "event_read") {
        report.event_chains.back().reads.emplace_back();
        return take_read(line, report.event_chains.back().reads.back());
    } else {
        return false;
    }
    return true;
}

/// One line inside the frame. False where it is not understood.
bool parse_line(std::string_view line, GuestReport& report) {
    const std::string_view key = take_word(line);
    if (key == "release") {
        report.release = rest(line);
    } else if (key == "version") {
        report.version = rest(line);
    } else if (key == "strategy") {
        report.strategy = rest(line);
    } else if (key == "cell") {
        std::uint64_t index = 0;
        if (!take_number(line, index) || index != report.cells.size()) return false;
        GuestCell cell;
        if (!take_status(line, cell.status)) return false;
        cell.reason = rest(line);
        report.cells.push_back(std::move(cell));
    } else if (key == "end_ticks") {
        return take_number(line, report.end_ticks);
    } else if (key.starts_with("event_")) {
        return parse_event_line(key, line, report);
    } else if (report.cells.empty()) {
        return false;
    } else if (key == "ticks") {
        return take_numbers(line, report.cells.back().ticks);
    } else if (key == "counter") {
        const std::string name(take_word(line));
        return take_number(line, report.cells.back().counters[name]);
    } else if (key == "phase") {
        return take_phase(line, report.cells.back());
    } else if (key == "window") {
        return take_numbers(line, report.cells.back().windows);
    } else if (key == "part") {
        return take_part(line, report.cells.back());
    } else {
        return false;
    }
    return true;
}

}  // namespace

std::string ReportLines::line(std::string_view text) {
    std::string line(text);
    line += '\n';
    ++lines_;
    hash_ = fnv1a(hash_, line);
    return line;
}

std::string ReportLines::end() {
    return "end " + std::to_string(lines_) + ' ' + std::to_string(hash_) + '\n';
}

ReportState parse_report(std::string_view text, GuestReport& report, std::string& problem) {
    if (text.empty()) {
        problem = "the guest reported nothing";
        return ReportState::empty;
    }
    ReportLines check;
    bool header = true;
    while (!text.empty()) {
        const size_t newline = text.find('\n');
        if (newline == std::string_view::npos) break;
        const std::string_view line = text.substr(0, newline);
        text.remove_prefix(newline + 1);
        if (header && line != kReportHeader) {
            problem = "the report does not start with '" + std::string(kReportHeader) + "'";
            return ReportState::broken;
        }
        if (line.starts_with("error ")) {
            problem = line.substr(6);
            return ReportState::error;
        }
        if (line.starts_with("end ")) {
            const bool whole = std::string(line) + '\n' == check.end() && text.empty();
            problem = whole ? "" : "the report's checksum is wrong";
            return whole ? ReportState::whole : ReportState::broken;
        }
        check.line(line);
        if (!header && !parse_line(line, report)) {
            problem = "the report has a line that is not understood: " + std::string(line.substr(0, 80));
            return ReportState::broken;
        }
        header = false;
    }
    problem =
        "the report ends after " + std::to_string(report.cells.size()) + " cells, without its closing line";
    return ReportState::truncated;
}

size_t count_cells(std::string_view text) {
    size_t count = 0;
    for (size_t at = text.find("\ncell "); at != std::string_view::npos; at = text.find("\ncell ", at + 1))
        ++count;
    return count;
}

}  // namespace stackshift
