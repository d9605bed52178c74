// SPDX-License-Identifier: MIT
// The claims about mainline's move: who pays for it, how much, and its flushes.
#pragma once

#include "report/claim_facts.h"

namespace stackshift {

Judgement judge_compat_pays(const ClaimFacts& facts);
Judgement judge_native_pays(const ClaimFacts& facts);
Judgement judge_unacceptable(const ClaimFacts& facts);
Judgement judge_unnoticed(const ClaimFacts& facts);
Judgement judge_flushes(const ClaimFacts& facts);

}  // namespace stackshift
