// SPDX-License-Identifier: MIT
// A table as the kernel test robot mails it: the first kernel on the left, another on the right, what lies
// between in percent, and how far the values scatter. Nothing parses it; people on the lists know how to read
// it.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "export/formats.h"
#include "stats/stats.h"

namespace stackshift {
namespace {

/// The deviation of the seeds' or rounds' medians, in percent of their mean; nothing where there is one.
std::optional<double> deviation(const ExportRecord& record) {
    const std::vector<double>& medians = record.group_medians;
    if (medians.size() < 2) return std::nullopt;
    const double middle = stackshift::mean(medians);
    if (middle == 0) return std::nullopt;
    double squares = 0;
    for (const double value : medians) squares += (value - middle) * (value - middle);
    return 100 * std::sqrt(squares / static_cast<double>(medians.size() - 1)) / middle;
}

/// "     58925 ±  2%"; a deviation under half a percent is left blank, as there.
std::string scattered(const ExportRecord& record) {
    const std::string number = record.value == std::round(record.value) || std::abs(record.value) >= 1000
                                   ? fmt::format("{}", std::llround(record.value))
                                   : fmt::format("{:.2f}", record.value);
    const std::optional<double> scatter = deviation(record);
    const bool shown = scatter && *scatter >= 0.5;
    return fmt::format("{:>10}", number) + (shown ? fmt::format(" ±{:>3.0f}%", *scatter) : "      ");
}

std::string change_text(const ExportRecord& base, const ExportRecord& other) {
    if (base.value == 0) return fmt::format("{:>+10.2f} ", other.value);
    return fmt::format("{:>+10.1f}%", 100 * (other.value - base.value) / base.value);
}

/// "self-exec.native.aslr.argv:8p.long.instructions": the robot's names have dots.
std::string dotted(const ExportRecord& record) {
    std::string name = record.cell.name() + '.' + record.metric;
    std::replace(name.begin(), name.end(), '/', '.');
    return name;
}

std::string described(const ExportData& data, const std::string& strategy) {
    const KernelInfo* kernel = data.kernel_of(strategy);
    if (kernel == nullptr) return "  " + strategy + '\n';
    if (!kernel->commit.empty())
        return fmt::format("  {} (\"{}\")\n", kernel->commit.substr(0, 10), kernel->subject);
    return fmt::format("  {} (Linux {}, {} patch{})\n", strategy, kernel->base, kernel->patches.size(),
                       kernel->patches.size() == 1 ? "" : "es");
}

const ExportRecord* counterpart(const ExportData& data, const std::string& strategy,
                                const ExportRecord& record) {
    for (const ExportRecord& other : data.records) {
        if (other.strategy == strategy && other.metric == record.metric && other.cell == record.cell)
            return &other;
    }
    return nullptr;
}

std::string header(const ExportData& data, const std::string& base, const std::string& other) {
    const Result& result = data.result_of(base);
    const KernelInfo* kernel = data.kernel_of(base);
    std::string text(89, '=');
    text += fmt::format("\ncompiler/instrument/kconfig/testcase:\n  {}/{}/{}/stackshift-{}\n\ncommit:\n",
                        kernel == nullptr || kernel->compiler.empty() ? "unknown" : kernel->compiler,
                        to_string(result.run.instrument), kernel == nullptr ? "unknown" : kernel->config,
                        result.run.profile);
    text += described(data, base) + described(data, other);
    text += fmt::format("\n{:>16} {:>27}\n", base.substr(0, 16), other.substr(0, 27));
    text += "---------------- ---------------------------\n";
    text += "         %stddev     %change         %stddev\n";
    text += "             \\          |                \\\n";
    return text;
}

/// The rows that both kernels have; how many the left one has alone is counted.
std::string rows(const ExportData& data, const std::string& base, const std::string& other,
                 std::size_t& alone) {
    std::string text;
    for (const ExportRecord& record : data.records) {
        if (record.strategy != base) continue;
        const ExportRecord* match = counterpart(data, other, record);
        if (match == nullptr) {
            ++alone;
            continue;
        }
        text += fmt::format("{}{} {}  {}\n", scattered(record), change_text(record, *match),
                            scattered(*match), dotted(record));
    }
    return text;
}

}  // namespace

Exported lkp_export(const ExportData& data) {
    Exported exported;
    const std::vector<std::string> strategies = data.strategies();
    for (std::size_t i = 1; i < strategies.size(); ++i) {
        std::size_t alone = 0;
        const std::string table = rows(data, strategies.front(), strategies[i], alone);
        if (alone > 0)
            exported.left_out.push_back(fmt::format("{} values of {} that {} does not have", alone,
                                                    strategies.front(), strategies[i]));
        if (table.empty()) continue;
        if (!exported.text.empty()) exported.text += '\n';
        exported.text += header(data, strategies.front(), strategies[i]) + table;
    }
    if (strategies.size() < 2) exported.left_out.emplace_back("the only kernel: the table is of two");
    for (const std::string& line : gap_lines(data.gaps)) exported.left_out.push_back(line);
    if (exported.text.empty()) return exported;
    exported.text +=
        "\nValues are medians (counts of flushes, faults and events: means); %stddev is of the boots' or "
        "rounds' "
        "medians.\n";
    for (const std::string& line : exported.left_out) exported.text += "Not in the table: " + line + '\n';
    return exported;
}

}  // namespace stackshift
