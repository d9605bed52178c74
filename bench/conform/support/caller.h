// SPDX-License-Identifier: MIT
// What a child can become before its exec: for Exec::prepare.
#pragma once

namespace stackshift {

/// User and group 1000. Ends the process where that cannot be.
void become_unprivileged();
/// ADDR_NO_RANDOMIZE: the stack is to end at the top.
void no_randomize();
/// ADDR_LIMIT_3GB, which only i386 programs obey.
void limit_3gb();
/// ADDR_NO_RANDOMIZE without privileges, which a setuid program must not inherit.
void unprivileged_no_randomize();

}  // namespace stackshift
