// SPDX-License-Identifier: MIT
// What the conformance tests report: TAP 14 on the second serial port, where no kernel message goes. It runs
// in the guest, so it uses the C++ standard library only.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace stackshift {

using Strings = std::vector<std::string>;

/// The tests' report. A test has a name of [a-z0-9._/-], which begins with the group ("args/limit-native").
/// It says whether the kernel did what mainline does, and what was seen, in few words that are the same
/// whenever the same happens: a strategy declares its deviations by them, and the
/// semantics matrix shows them.
class Tap {
  public:
    /// `fd`: where lines go.
    explicit Tap(int fd);

    /// "ok N - NAME: SEEN", or "not ok ...". At most 160 characters of `seen` are kept, line breaks become
    /// blanks and '#', which TAP gives a meaning, '+'. A wrong row that hangs on what this kernel lacks
    /// (facility.h) is skipped.
    void check(const std::string& name, bool ok, const std::string& seen = "");
    /// check() of `seen == expected`. Shows `seen` if they are equal, and both if not.
    void expect(const std::string& name, const std::string& seen, const std::string& expected);
    /// "ok N - NAME # SKIP why": `why` is what this kernel or machine lacks.
    void skip(const std::string& name, const std::string& why);
    /// "# TEXT": for people, and a few facts that the host looks for.
    void comment(const std::string& text);
    /// The plan, "1..N", which also says that all tests were run.
    void end();

  private:
    void line(const std::string& text);
    int fd_;
    std::uint64_t tests_ = 0;
};

}  // namespace stackshift
