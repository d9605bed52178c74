// SPDX-License-Identifier: MIT
// Configuration fragments: read, merged, and checked against the .config that Kconfig made of them.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace stackshift {

/// One option that somebody asked for.
struct ConfigOption {
    std::string name;    ///< "CONFIG_SMP"
    std::string value;   ///< "y", "n" (not set), "8", "\"text\""
    std::string origin;  ///< the file that asks for it, for messages
};

/// A fragment's options. Throws Error{usage} naming file and line where a line is neither option nor comment.
std::vector<ConfigOption> parse_config(std::string_view text, const std::string& origin);

/// A named configuration: kernels/config/NAME.config, under the fragment that it stands on where its opening
/// comment has a line `# base: OTHER`.
struct NamedConfig {
    std::string text;  ///< of all files, base first; what the build's key is made of
    std::vector<ConfigOption> options;
};

/// Throws Error{usage} for an unknown name (with the nearest one), a circle of bases, or a bad line.
NamedConfig read_named_config(const std::filesystem::path& configs, const std::string& name);

/// Both lists as one, in which each option stands once: the later value wins, the first place is kept.
std::vector<ConfigOption> merge_configs(const std::vector<ConfigOption>& base,
                                        const std::vector<ConfigOption>& over);

/// A fragment as KCONFIG_ALLCONFIG reads it.
std::string render_config(const std::vector<ConfigOption>& options);

/// What of `wanted` is not so in the .config text: one line an option, "CONFIG_X=y (asked by ORIGIN) is not
/// set".
std::vector<std::string> dropped_options(const std::vector<ConfigOption>& wanted,
                                         std::string_view dot_config);

/// The value of an option in a .config text; "n" where it is not set.
std::string config_value(std::string_view dot_config, const std::string& name);

}  // namespace stackshift
