// SPDX-License-Identifier: MIT
#include "conform/support/race_model.h"

#include <algorithm>

#include "conform/support/process_view.h"

namespace stackshift {
namespace {

constexpr std::size_t kTopWord = 8;

bool may_be(const Restless& restless, std::size_t at, char found) {
    if (at == restless.text.size()) return found == '\0';
    if (found == restless.text[at]) return true;
    return found == restless.other &&
           std::find(restless.places.begin(), restless.places.end(), at) != restless.places.end();
}

/// The lengths, with NUL, that a measurement of the string can give.
std::vector<std::size_t> lengths(const Restless& restless) {
    std::vector<std::size_t> all = {restless.text.size() + 1};
    if (restless.other == '\0')
        for (const std::size_t place : restless.places) all.push_back(place + 1);
    return all;
}

/// Whether `found`, from `at` on, can be the begin of `strings` from number `i` on and then `tail`, if the
/// strings have `left` bytes in all.
bool explains(const std::vector<Restless>& strings, std::size_t i, const std::string& tail,
              const std::string& found, std::size_t at, std::size_t left) {
    if (i == strings.size()) {
        if (left != 0) return false;
        const std::size_t rest = found.size() - std::min(at, found.size());
        return rest <= tail.size() && found.compare(found.size() - rest, rest, tail, 0, rest) == 0;
    }
    for (const std::size_t length : lengths(strings[i])) {
        if (length > left) continue;
        std::size_t same = 0;
        while (same < length && (at + same >= found.size() || may_be(strings[i], same, found[at + same])))
            ++same;
        if (same == length && explains(strings, i + 1, tail, found, at + length, left - length)) return true;
    }
    return false;
}

bool same_borders(const std::vector<Restless>& sent, const Strings& found) {
    return std::equal(sent.begin(), sent.end(), found.begin(),
                      [](const Restless& a, const std::string& b) { return a.text.size() == b.size(); });
}

bool same_bytes(const std::vector<Restless>& sent, const Strings& found) {
    return std::equal(sent.begin(), sent.end(), found.begin(),
                      [](const Restless& a, const std::string& b) { return a.text == b; });
}

}  // namespace

std::string judge(const std::vector<Restless>& argv, const std::vector<Restless>& env,
                  const std::string& file, const Seen& seen) {
    if (seen.argv.size() != argv.size() || seen.env.size() != env.size()) return "other counts";
    if (seen.header.execfn != file) return "file name";
    std::vector<Restless> all = argv;
    all.insert(all.end(), env.begin(), env.end());
    const std::string tail = joined({file}) + std::string(kTopWord, '\0');
    const std::string found = joined(seen.argv) + joined(seen.env);
    const std::uint64_t bytes = seen.header.stack_end - tail.size() - seen.header.first_string;
    std::size_t longest = 0;
    for (const Restless& restless : all) longest += restless.text.size() + 1;
    if (bytes > longest) return "other length";
    if (!explains(all, 0, tail, found, 0, bytes)) return "other bytes";
    if (found.size() != bytes) return "torn";
    if (!same_borders(argv, seen.argv) || !same_borders(env, seen.env)) return "cut";
    return same_bytes(argv, seen.argv) && same_bytes(env, seen.env) ? "intact" : "changed";
}

}  // namespace stackshift
