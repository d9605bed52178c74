// SPDX-License-Identifier: MIT
// The claims about strings that are staged in pages of no address space, or of an inode.
#pragma once

#include "report/claim_facts.h"

namespace stackshift {

Judgement judge_lesser_evil(const ClaimFacts& facts);
Judgement judge_swappable(const ClaimFacts& facts);
Judgement judge_hard_to_maintain(const ClaimFacts& facts);
Judgement judge_linked_list(const ClaimFacts& facts);
Judgement judge_get_user_pages(const ClaimFacts& facts);

}  // namespace stackshift
