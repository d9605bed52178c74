// SPDX-License-Identifier: MIT
// Regular expressions in Perl's syntax, with a bound: an expression that explodes on some text is an error,
// not an endless search, and a long text needs no deep stack (std::regex has neither property).
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace stackshift {

/// What is wrong with an expression: its syntax, or that it takes too many steps.
struct BadPattern : std::runtime_error {
    using std::runtime_error::runtime_error;
};

class Pattern {
  public:
    /// Throws BadPattern, with the place of the mistake.
    explicit Pattern(const std::string& expression);

    /// Whether some part of `text` matches. Throws BadPattern beyond the bound, as the two below.
    bool found_in(std::string_view text) const;
    /// Whether all of `text` matches.
    bool matches(std::string_view text) const;
    /// The first match and its groups, those that took no part empty; nothing at all where there is no match.
    std::vector<std::string> groups(std::string_view text) const;

  private:
    std::shared_ptr<const void> code_;  ///< of PCRE2; shared, for it is never changed
};

}  // namespace stackshift
