// SPDX-License-Identifier: MIT
#include "report/table.h"

namespace stackshift {

void Table::add_group(const std::string& heading, const std::vector<Column>& of_group, bool repeated) {
    groups.push_back({heading, columns.size(), of_group.size(), repeated});
    columns.insert(columns.end(), of_group.begin(), of_group.end());
}

}  // namespace stackshift
