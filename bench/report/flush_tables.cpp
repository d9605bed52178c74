// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "report/entries.h"
#include "report/tables.h"
#include "report/text_table.h"

namespace stackshift {
namespace {

const std::vector<std::string>& flush_metrics() {
    static const std::vector<std::string> names = {"tlb.flush_all", "tlb.flush_one", "page_faults"};
    return names;
}

}  // namespace

std::string flush_tables(const View& view, const std::string& path) {
    std::string text;
    for (const Contender& contender : view.contenders) {
        const std::vector<Row> rows = contender.present(view.rows_of(path, true));
        const std::vector<Configuration> configurations = contender.configurations(rows);
        TextTable table({"pages"});
        for (const Configuration& configuration : configurations) {
            table.add_group(configuration.title, {"full", "page", "faults"});
        }
        bool any = false;
        for (const Row& row : rows) {
            std::vector<std::string> entries = {std::to_string(row.pages)};
            for (const Configuration& configuration : configurations) {
                const CellResult* cell = contender.find(row, configuration);
                for (const std::string& metric : flush_metrics()) {
                    entries.push_back(mean_entry(cell, metric));
                    any = any || find_metric(cell, metric);
                }
            }
            table.add_row(std::move(entries));
        }
        if (!any) continue;
        text += fmt::format(
            "\nAn exec's full TLB flushes, single-page TLB flushes and page faults (mean), {}, {}\n\n", path,
            contender.label);
        text += table.text();
    }
    return text;
}

}  // namespace stackshift
