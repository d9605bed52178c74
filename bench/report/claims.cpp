// SPDX-License-Identifier: MIT
#include "report/claims.h"

#include <fmt/format.h>

#include "report/claim_facts.h"
#include "report/claim_moves.h"
#include "report/claim_staging.h"
#include "report/claim_userstack.h"

namespace stackshift {
namespace {

/// A claim before it is judged. Rules name kSmallPercent and kLargePercent as {small} and {large}.
struct Said {
    ClaimId id;
    Speaker who;
    const char* statement;
    const char* quote;
    const char* rule;
    const char* command;
    Judgement (*judge)(const ClaimFacts&);
};

constexpr const char* kCountMove = "./run.sh lab --strategies pristine,direct";

constexpr Said kSaid[] = {
    {ClaimId::compat_pays, Speaker::miller, "Every compat exec pays for the move",
     "for every single compat task we get now",
     "confirmed: a minimal i386 exec's move is above the floor and more than {small} %, and every i386 "
     "cell flushes the TLB in each exec; partly: one of the two",
     kCountMove, judge_compat_pays},
    {ClaimId::native_pays, Speaker::ours, "Since stacks are randomised, native execs pay too", "",
     "confirmed: a minimal native exec's move is above the floor and more than {small} %; partly: above "
     "the floor",
     kCountMove, judge_native_pays},
    {ClaimId::unacceptable, Speaker::miller, "The move and its flushes are too expensive",
     "The forced page table move, and TLB+cache flush that goes along with that, for every single compat "
     "task we get now on the other hand is not acceptable",
     "confirmed: more than {large} % of vfork, exec and wait, above the floor, and more than {small} % "
     "of a shell's command; partly: one of the two",
     kCountMove, judge_unacceptable},
    {ClaimId::unnoticed, Speaker::dickins, "In practice the move is too small to notice",
     "I do wonder if it's been noticed as a regression in practice",
     "confirmed: at most {small} % of a shell's command; refuted: more than {large} %; partly: in between",
     kCountMove, judge_unnoticed},
    {ClaimId::flushes, Speaker::miller, "The move flushes the TLB and caches",
     "TLB+cache flush that goes along with that",
     "partly, and no more on x86: most minimal execs that move flush the whole TLB, and those that do "
     "not move flush less; else refuted",
     "./run.sh lab --strategies pristine", judge_flushes},
    {ClaimId::userstack_overhead, Speaker::dickins, "On the caller's stack, all execs have an overhead",
     "no, worse, it would involve that overhead in all cases",
     "confirmed: userstack takes more, above the floor, in every cell in which mainline moves nothing; "
     "partly: in some",
     "./run.sh lab --strategies pristine,userstack", judge_userstack_overhead},
    {ClaimId::userstack_collides, Speaker::dickins,
     "On the caller's stack, strings collide with what is below",
     "in danger of colliding with the vma below if the space allowed to that userstack is too small",
     "confirmed: an exec with a mapping near below its stack does not end as mainline's",
     "./run.sh check --groups parents --strategies userstack", judge_userstack_collides},
    {ClaimId::userstack_rlimits, Speaker::dickins, "On the caller's stack, rlimits pose no new problem",
     "I don't think rlimits would pose any new problem",
     "confirmed: all tests under a resource limit end as mainline's; refuted: one does not",
     "./run.sh check --groups args,environment,parents --strategies userstack", judge_userstack_rlimits},
    {ClaimId::userstack_failures, Speaker::miller, "On the caller's stack, execs fail that did not",
     "I think this approach would create new failure cases that don't exist now",
     "confirmed: a test ends in E2BIG, or a cell fails, and not so on mainline",
     "./run.sh check --strategies userstack", judge_userstack_failures},
    {ClaimId::lesser_evil, Speaker::miller, "Pages that cannot be swapped are the lesser evil",
     "I also think this page table move overhead is worse than the non-swapability added by Al's approach",
     "confirmed: pagelist saves more than {small} % of a minimal i386 exec, above the floor, and kills "
     "no exec of four at once; partly: it saves and kills; refuted: it does not save",
     "./run.sh lab --strategies pristine,pagelist && ./run.sh check --groups swap --strategies "
     "relocate,pagelist,shmem",
     judge_lesser_evil},
    {ClaimId::swappable, Speaker::viro, "Arguments in an inode can be swapped",
     "We should be able to make them swappable",
     "confirmed: all swap tests of shmem end as mainline's; partly: some",
     "./run.sh lab --strategies pristine,shmem && ./run.sh check --groups swap --strategies shmem",
     judge_swappable},
    {ClaimId::hard_to_maintain, Speaker::dickins, "That inode is special, easily buggy, hard to maintain",
     "it's going to be special in several easily-buggy hard-to-maintain ways",
     "none: the size of the patches and what tests found are given", "./run.sh check --strategies shmem",
     judge_hard_to_maintain},
    {ClaimId::linked_list, Speaker::dickins, "A linked list of pages is easy, and perhaps adequate",
     "that should be very easy, but would it be adequate?",
     "confirmed: pagelist counts in all cells that mainline counts in, and is as mainline in all tests "
     "of args that ran; partly: in some",
     "./run.sh lab --strategies pristine,pagelist && ./run.sh check --groups args --strategies pagelist",
     judge_linked_list},
    {ClaimId::get_user_pages, Speaker::dickins, "Exec can do without get_user_pages() on bprm->mm",
     "how to eliminate get_user_pages() on bprm->mm in exec()",
     "confirmed: mainline takes a page fault for each page of arguments, and array, pagelist and shmem, "
     "as far as measured, do not; partly: some do",
     "./run.sh lab --strategies pristine,array,pagelist,shmem", judge_get_user_pages}};

Claim judged(const Said& said, const ClaimFacts& facts) {
    const Judgement judgement = said.judge(facts);
    Claim claim;
    claim.id = said.id;
    claim.who = said.who;
    claim.statement = said.statement;
    claim.quote = said.quote;
    claim.rule = fmt::format(fmt::runtime(said.rule), fmt::arg("small", kSmallPercent),
                             fmt::arg("large", kLargePercent));
    claim.command = said.command;
    claim.measured = judgement.measured;
    claim.verdict = judgement.verdict;
    if (claim.verdict == ClaimVerdict::not_measured)
        claim.measured += fmt::format(" `{}` would measure it.", said.command);
    return claim;
}

}  // namespace

std::vector<Claim> judge_claims(const Evidence& evidence) {
    const ClaimFacts facts(evidence);
    std::vector<Claim> claims;
    for (const Said& said : kSaid) claims.push_back(judged(said, facts));
    return claims;
}

}  // namespace stackshift
