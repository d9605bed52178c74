// SPDX-License-Identifier: MIT
// What a parent (target/parent.h) starts: the program checks what arrived, reports, and ends. What it spends
// on that lies between its stamp at entry and its last one, and is taken out of the parent's time; only the
// write of the last stamp's record is left in it.
#include "target/arrival.h"

namespace {

/// One write, the last thing but the end.
void record_leaving() {
    struct {
        RecordHeader header;
        LeavingRecord leaving;
    } record = {{kRecordLeaving, sizeof(LeavingRecord)}, {0}};
    record.leaving.stamp = read_tsc();
    write_all(&record, sizeof record);
}

}  // namespace

extern "C" [[noreturn]] void target_main(uintptr_t* stack, uint64_t entered) {
    const uintptr_t argc = stack[0];
    char** argv = reinterpret_cast<char**>(stack + 1);
    char** envp = argv + argc + 1;
    if (argc < 2) fail(kFailArgc, static_cast<uint32_t>(argc), 0, 0);
    char* state = argv[1];
    const uint32_t left = get_field(state, kStateLeft) & ~kLeftPhases;
    const bool phases = (get_field(state, kStateLeft) & kLeftPhases) != 0;
    const uint32_t flags = get_field(state, kStateFlags);
    const uint64_t before = get_nibbles(state + kStateStamp, 16);
    check_strings(argc, argv, (flags & kFlagArgvOnly) != 0 ? nullptr : envp, state, left);
    // Without a stamp it was started for the check alone.
    if (before == 0) leave(0);
    if (phases) record_file(kRecordPhases, "/proc/self/exec_phases");
    record_sample(before, entered);
    record_leaving();
    leave(0);
}
