// SPDX-License-Identifier: MIT
// What the conformance tests report: TAP 14 on the second serial port, where no kernel message goes.
// Freestanding of the suite: only the C++ standard library, for it runs in the guest.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace stackshift {

using Strings = std::vector<std::string>;

/// The tests' report. A test has a name of [a-z0-9._/-], group first ("args/limit-native"), says whether the
/// kernel did what mainline does, and what was seen, in few words that are the same whenever the same
/// happens: a strategy declares its deviations by them, and the semantics matrix shows them.
class Tap {
  public:
    /// `fd`: where lines go.
    explicit Tap(int fd);

    /// "ok N - NAME: SEEN", or "not ok ...". At most 160 characters of `seen` are kept, line breaks become
    /// blanks and '#', which TAP gives a meaning, '+'.
    void check(const std::string& name, bool ok, const std::string& seen = "");
    /// check() of `seen == expected`; shows `seen` where they are equal, both where not.
    void expect(const std::string& name, const std::string& seen, const std::string& expected);
    /// "ok N - NAME # SKIP why": what this kernel or machine lacks.
    void skip(const std::string& name, const std::string& why);
    /// "# TEXT": for readers, and the few facts that the reader on the other side looks for.
    void comment(const std::string& text);
    /// The plan, "1..N", which also says that all was run.
    void end();

  private:
    void line(const std::string& text);
    int fd_;
    std::uint64_t tests_ = 0;
};

}  // namespace stackshift
