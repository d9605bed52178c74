// SPDX-License-Identifier: MIT
// kernels/bases as a list: the lines of kernels that strategies are ported to.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "results/declared.h"

namespace stackshift {

/// The base of whoever names none. Its kernels are called as their strategies.
inline constexpr auto kDefaultBase = "6.12";

/// One file of kernels/bases.
struct KernelBase {
    std::string name = kDefaultBase;  ///< "7.3": a kernel's version up to the second number
    std::string about;
    std::string package;              ///< Debian's, which has /usr/src/PACKAGE.tar.xz
    std::string version;              ///< of the package that reference results were made with; or empty
    std::vector<std::string> suites;  ///< of Debian's mirror that may have it, best first; may be empty
    /// Where unpatched source does not do what the default base does, always or at times.
    std::vector<Declaration> deviations;
};

/// Whether a name can be a base's: "7.3".
bool is_base_name(const std::string& name);

/// The first two numbers of a version or a base's name, by which bases are ordered: 6 and 12 of "6.12.117".
std::pair<long, long> base_order(const std::string& version);

/// What the text of kernels/bases/NAME says. Throws Error{usage} naming the line for one that is not
/// understood.
KernelBase parse_base(std::string_view text, const std::string& name);

/// All of them, oldest first. Throws Error{usage} for a file that is not understood, Error{environment} where
/// the folder cannot be read.
std::vector<KernelBase> list_bases(const std::filesystem::path& folder);

/// One of them. Throws Error{usage} for an unknown name (with the nearest one).
KernelBase read_base(const std::filesystem::path& folder, const std::string& name);

/// The base whose patches fit a source best: the newest that is not newer than "7.2.1", else the oldest.
/// `bases` as list_bases() gives them; not empty.
const KernelBase& nearest_base(const std::vector<KernelBase>& bases, const std::string& version);

/// What a strategy's kernel on a base is called, in files, tables and results: "direct", "direct@7.3".
std::string kernel_name(const std::string& strategy, const std::string& base);

/// The strategy and the base of such a name. One without a base is of the default.
std::pair<std::string, std::string> split_kernel_name(const std::string& kernel);

}  // namespace stackshift
