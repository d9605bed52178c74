// SPDX-License-Identifier: MIT
// What the exec'd program and its collector agree on: the state that rides in argv[1], the content of the
// strings, the records that come back. Included by the freestanding target (native and i386), so: no library,
// no 64-bit division, fixed layouts.
#pragma once

#include <stdint.h>

namespace stackshift::protocol {

// Names that programs know of each other. The collector changes into their directory, so that what is staged
// has the same length on every machine and for both ABIs.
#ifdef __x86_64__
inline constexpr char kChildProgram[] = "./child64";
#else
inline constexpr char kChildProgram[] = "./child32";
#endif
inline constexpr char kShellProgram[] = "./dash";

/// The file descriptor that records are written to; inherited across every exec of the chain.
inline constexpr int kRecordFd = 3;
/// With kFlagEvents: a file that holds an EventConfig and its attributes.
inline constexpr int kEventFd = 4;
/// The group's leader is opened as the lowest free descriptor, 0 to 4 being taken; the other events follow.
inline constexpr int kEventLeaderFd = 5;

// The state: argv[1]. Fixed width, no
// NUL inside: numbers are written as nibbles '@' + value, which needs no table and no branch, so that little
// stands between the time stamp and execve.
enum StateField : uint32_t {
    kStateStamp = 0,        // 16 nibbles: the TSC, the last thing before execve
    kStateLeft = 16,        // 8 nibbles each from here on: execs still to do
    kStateArgvCount = 24,   // strings of the payload in argv
    kStateArgvLength = 32,  // length of all but the last, with NUL
    kStateArgvLast = 40,    // length of the last, with NUL
    kStateEnvCount = 48,
    kStateEnvLength = 56,
    kStateEnvLast = 64,
    kStateChecksum = 72,  // of the payload (checksum_word over all words in order)
    kStateFlags = 80,
    kStateGuard = 88,  // checksum of the fields from kStateArgvCount up to here
    kStateBytes = 97,  // with NUL
};

inline constexpr uint32_t kFlagVmstat = 1;    // record /proc/vmstat at the chain's first and last entry
inline constexpr uint32_t kFlagPhases = 2;    // record /proc/self/exec_phases at every entry (kLeftPhases)
inline constexpr uint32_t kFlagEvents = 4;    // count the events of kEventFd around every exec
inline constexpr uint32_t kFlagArgvOnly = 8;  // the environment is not looked at

inline void put_nibbles(char* at, uint64_t value, uint32_t nibbles) {
    for (uint32_t i = 0; i < nibbles; ++i) {
        at[i] = static_cast<char>('@' + static_cast<char>(value & 15));
        value >>= 4;
    }
}

inline uint64_t get_nibbles(const char* at, uint32_t nibbles) {
    uint64_t value = 0;
    for (uint32_t i = nibbles; i-- > 0;) value = value << 4 | (static_cast<uint8_t>(at[i]) & 15U);
    return value;
}

inline uint32_t get_field(const char* state, StateField field) {
    return static_cast<uint32_t>(get_nibbles(state + field, 8));
}

/// In kStateLeft of a child's state: record the phases. What a process has opened in /proc is dropped at its
/// end, which is part of an operation, so operations with phases are others than those that are timed.
inline constexpr uint32_t kLeftPhases = 1U << 31;

// The payload.
/// The payload of argv or env: `count` strings, all but the last `length` bytes long, with NUL.
struct StringSet {
    uint32_t count = 0;
    uint32_t length = 0;
    uint32_t last = 0;
    uint32_t length_of(uint32_t index) const { return index + 1 == count ? last : length; }
    uint64_t bytes() const { return count == 0 ? 0 : uint64_t{count - 1} * length + last; }
};

/// Word number `index` of the payload: four printable bytes, different for each of 2^24 indices, so that a
/// page that is missing, doubled, moved or swapped with another shows at its first word. A string's words
/// start at its own first byte and the numbering goes on from string to string; the last word of a string is
/// cut by its NUL.
inline uint32_t payload_word(uint32_t index) {
    return ((index & 0x3fU) | (index << 2 & 0x3f00U) | (index << 4 & 0x3f0000U) |
            (index << 6 & 0x3f000000U)) +
           0x30303030U;
}

/// One step of FNV-1a on 32-bit words (Fowler, Noll, Vo: prime 16777619).
inline uint32_t checksum_word(uint32_t sum, uint32_t word) {
    return (sum ^ word) * 16777619U;
}
inline constexpr uint32_t kChecksumStart = 2166136261U;

// Records.
enum RecordType : uint32_t {
    kRecordSample = 1,       // SampleRecord: one exec
    kRecordVmstat = 2,       // text: a piece of /proc/vmstat; the chain's last entry starts with an empty one
    kRecordPhases = 3,       // text: /proc/self/exec_phases of the exec whose sample comes next
    kRecordFailure = 4,      // FailureRecord: the chain ends here
    kRecordDone = 5,         // no body: all execs done and checked
    kRecordEvents = 6,       // as read() from the group's leader, before the sample of the same exec
    kRecordEmptyEvents = 7,  // the same of a window that holds nothing, once a chain
    kRecordLeaving = 8,      // LeavingRecord: a child's last one, after its sample
    kRecordOperation = 9,    // OperationRecord: a parent's, after those of the child that it was about
};

struct RecordHeader {
    uint32_t type;
    uint32_t bytes;  // of the body
};

struct SampleRecord {
    uint32_t before_low, before_high;  // TSC, the last thing before execve
    uint32_t after_low, after_high;    // TSC, the first thing in _start
};

/// Of a child: all from its entry to this stamp was its own work.
struct LeavingRecord {
    uint64_t stamp;
};

/// Of a parent: TSC before the call that makes a child, after its return, and when the child was reaped.
struct OperationRecord {
    uint64_t called;
    uint64_t resumed;
    uint64_t reaped;
};

// Events.
/// A perf_event_attr of PERF_ATTR_SIZE_VER7; kernels take a shorter one and a longer one whose rest is zero.
inline constexpr uint32_t kEventAttrBytes = 128;
inline constexpr uint32_t kMostEvents = 12;

struct EventConfig {
    uint32_t count;       // events of one group, each kEventAttrBytes of attributes behind this
    uint32_t enable_now;  // 1: counting starts right before execve; 0: the leader has enable_on_exec
};

enum FailureKind : uint32_t {
    kFailExec = 1,      // detail = errno
    kFailState = 2,     // argv[1] is not the state that was sent
    kFailArgc = 3,      // detail = argc as received
    kFailEnvc = 4,      // detail = number of environment strings as received
    kFailArgv = 5,      // detail = string index, offset = first wrong byte in it
    kFailEnv = 6,       // the same in the environment
    kFailChecksum = 7,  // strings compare equal but their checksum does not: detail = checksum as received
    kFailSetup = 8,     // the collector's child, before the first exec: detail = errno, offset = SetupStep
    kFailEvents = 9,    // detail = errno of perf_event_open, offset = index of the event
    kFailThread = 10,   // no second thread: detail = errno
    kFailStart = 11,    // no child: detail = errno of fork, vfork or posix_spawn
    kFailChild = 12,    // the child ended with an error that it did not report: detail = its wait status
};

enum SetupStep : uint32_t { kSetupStack = 1, kSetupPersonality, kSetupDirectory, kSetupFd };

struct FailureRecord {
    uint32_t kind;
    uint32_t detail;
    uint32_t offset;
    uint32_t left;  // execs still to do when it happened
};

}  // namespace stackshift::protocol
