// SPDX-License-Identifier: MIT
// The claims about strings that are staged on the caller's own stack.
#pragma once

#include "report/claim_facts.h"

namespace stackshift {

Judgement judge_userstack_overhead(const ClaimFacts& facts);
Judgement judge_userstack_collides(const ClaimFacts& facts);
Judgement judge_userstack_rlimits(const ClaimFacts& facts);
Judgement judge_userstack_failures(const ClaimFacts& facts);

}  // namespace stackshift
