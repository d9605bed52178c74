// SPDX-License-Identifier: MIT
// vm.overcommit_memory=2, under which an exec can be refused memory that it has not touched.
#pragma once

namespace stackshift {

/// From now on no more than `kib` beyond what is committed already, for the whole machine: for Exec::prepare,
/// when fork() has been charged. Ends the process where that cannot be set.
void never_overcommit(long kib);

/// As the kernel boots: any process may overcommit.
void overcommit_again();

}  // namespace stackshift
