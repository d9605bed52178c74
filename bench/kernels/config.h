// SPDX-License-Identifier: MIT
// Configuration fragments: read, merged, and checked against the .config that Kconfig made of them. An option
// may have alternatives, for kernels that do not have it:
//
//     CONFIG_PREEMPT_NONE=y
//     # or CONFIG_PREEMPT_LAZY=y (Linux 7 has no PREEMPT_NONE on x86)
//     # or nothing (why it can be done without)
//
// To make and to the eye these are comments.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "results/result.h"

namespace stackshift {

/// NAME=VALUE.
struct ConfigSetting {
    std::string name;   ///< "CONFIG_SMP"
    std::string value;  ///< "y", "n" (not set), "8", "\"text\""
    bool operator==(const ConfigSetting&) const = default;
};

/// One option that somebody asked for.
struct ConfigOption : ConfigSetting {
    std::string origin = {};  ///< the file that asks for it, for messages
    /// What takes its place where a kernel does not have it, in order.
    std::vector<ConfigSetting> otherwise = {};
    bool optional = false;  ///< it can be done without, after those
};

/// A fragment's options. Throws Error{usage} naming file and line where a line is neither option nor comment,
/// or begins with "# or" and is no alternative of the line before.
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

/// What Kconfig took of the options, alternatives among them: which one can only be found out by asking it.
class ConfigChoice {
  public:
    explicit ConfigChoice(std::vector<ConfigOption> options);
    /// What to ask Kconfig for now.
    std::vector<ConfigOption> asked() const;
    /// Takes the next alternative of each option that is not so in this .config text. False: there is none,
    /// all that can be had is in it.
    bool advance(std::string_view dot_config);
    /// Of options with alternatives: what was asked, and what it became ("nothing").
    std::vector<ConfigIntent> intents() const;

  private:
    /// What stands for an option now; null: nothing.
    const ConfigSetting* choice(size_t option) const;
    std::vector<ConfigOption> options_;
    std::vector<size_t> chosen_;  ///< 0: the option, i: its i-th alternative, one more: nothing
};

/// What of `wanted` is not so in the .config text: one line an option, "CONFIG_X=y (asked by ORIGIN) is not
/// set".
std::vector<std::string> dropped_options(const std::vector<ConfigOption>& wanted,
                                         std::string_view dot_config);

/// The value of an option in a .config text; "n" where it is not set.
std::string config_value(std::string_view dot_config, const std::string& name);

}  // namespace stackshift
