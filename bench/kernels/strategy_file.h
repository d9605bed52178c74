// SPDX-License-Identifier: MIT
// kernels/patches/NAME/strategy: what a strategy says of itself. Text in, data out; docs/strategies.md
// explains it.
#pragma once

#include <string>
#include <string_view>

#include "results/declared.h"

namespace stackshift {

/// The file's name in a strategy's folder.
inline constexpr auto kStrategyFile = "strategy";

/// What stands in one such file. An empty one says what these defaults say.
struct StrategyFile {
    std::string about;
    std::string base;         ///< another strategy, whose patches, configuration and declarations go first
    bool inherit_all = true;  ///< false: `inherit = patches`, without the base's declarations
    std::string base_where;   ///< the line that names it: "kernels/patches/mine/strategy:2"
    bool common = true;       ///< false: `on = unpatched`
    bool by_default = true;   ///< false: `default = no`
    Declarations declared;    ///< its own
};

/// Reads the text of `file` (as it stands in messages). Throws Error{usage} naming the line, and what would
/// be right, for one that is not understood.
StrategyFile parse_strategy_file(std::string_view text, const std::string& file);

/// The same file in a base's folder: what is declared of that base alone.
Declarations parse_port_file(std::string_view text, const std::string& file);

}  // namespace stackshift
