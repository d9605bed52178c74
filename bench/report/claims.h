// SPDX-License-Identifier: MIT
// What was said of the move in 2009 ("[RFC][PATCHSET] mremap/mmap mess", linux-kernel, December 2009), and
// what results say of it. Made from results alone.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "check/check.h"
#include "report/justify.h"
#include "results/result.h"
#include "util/spelling.h"

namespace stackshift {

/// The claims, in the order in which they are told.
enum class ClaimId {
    compat_pays,
    native_pays,
    unacceptable,
    unnoticed,
    flushes,
    userstack_overhead,
    userstack_collides,
    userstack_rlimits,
    userstack_failures,
    lesser_evil,
    swappable,
    hard_to_maintain,
    linked_list,
    get_user_pages,
};
template <>
inline constexpr std::array kSpellings<ClaimId> = {
    Spelling<ClaimId>{ClaimId::compat_pays, "compat-pays"},
    Spelling<ClaimId>{ClaimId::native_pays, "native-pays"},
    Spelling<ClaimId>{ClaimId::unacceptable, "unacceptable"},
    Spelling<ClaimId>{ClaimId::unnoticed, "unnoticed"},
    Spelling<ClaimId>{ClaimId::flushes, "flushes"},
    Spelling<ClaimId>{ClaimId::userstack_overhead, "userstack-overhead"},
    Spelling<ClaimId>{ClaimId::userstack_collides, "userstack-collides"},
    Spelling<ClaimId>{ClaimId::userstack_rlimits, "userstack-rlimits"},
    Spelling<ClaimId>{ClaimId::userstack_failures, "userstack-failures"},
    Spelling<ClaimId>{ClaimId::lesser_evil, "lesser-evil"},
    Spelling<ClaimId>{ClaimId::swappable, "swappable"},
    Spelling<ClaimId>{ClaimId::hard_to_maintain, "hard-to-maintain"},
    Spelling<ClaimId>{ClaimId::linked_list, "linked-list"},
    Spelling<ClaimId>{ClaimId::get_user_pages, "get-user-pages"}};

/// Who said it.
enum class Speaker { viro, miller, dickins, ours };
template <>
inline constexpr std::array kSpellings<Speaker> = {
    Spelling<Speaker>{Speaker::viro, "Al Viro"}, Spelling<Speaker>{Speaker::miller, "David Miller"},
    Spelling<Speaker>{Speaker::dickins, "Hugh Dickins"}, Spelling<Speaker>{Speaker::ours, "stackshift"}};

/// What became of a claim.
enum class ClaimVerdict {
    confirmed,
    partly,
    refuted,
    not_measurable,  ///< by no run of this suite; the figures say why
    not_measured,    ///< not by the results at hand; the claim's command would measure it
};
template <>
inline constexpr std::array kSpellings<ClaimVerdict> = {
    Spelling<ClaimVerdict>{ClaimVerdict::confirmed, "confirmed"},
    Spelling<ClaimVerdict>{ClaimVerdict::partly, "partly"},
    Spelling<ClaimVerdict>{ClaimVerdict::refuted, "refuted"},
    Spelling<ClaimVerdict>{ClaimVerdict::not_measurable, "not measurable"},
    Spelling<ClaimVerdict>{ClaimVerdict::not_measured, "not measured"}};

/// What the claims are judged by. Each may be empty.
struct Evidence {
    std::vector<Result> exact;  ///< of `lab`; such that may stand in one table
    std::vector<Result> clock;  ///< of `host`; likewise
    std::vector<CheckResult> checks;
    std::vector<PatchSize> sizes;  ///< of strategies
};

struct Claim {
    ClaimId id = ClaimId::compat_pays;
    Speaker who = Speaker::ours;
    std::string_view statement;  ///< what is claimed, in our words
    std::string_view quote;      ///< as the mail has it, without its line breaks; empty where it is ours
    std::string rule;            ///< how the figures become a verdict
    std::string_view command;    ///< what measures it; `thread` then judges
    std::string measured;        ///< the figures, in sentences; where there are none, what is missing
    ClaimVerdict verdict = ClaimVerdict::not_measured;
};

/// All claims, each judged by what is there. Throws as make_view() does where results do not belong into one
/// table.
std::vector<Claim> judge_claims(const Evidence& evidence);

}  // namespace stackshift
