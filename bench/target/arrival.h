// SPDX-License-Identifier: MIT
// Whether all strings arrived, byte for byte.
#pragma once

#include "target/system.h"

namespace {

uint32_t load_word(const char* at) {
    uint32_t word;
    __builtin_memcpy(&word, at, sizeof word);
    return word;
}

/// The last word of a string of `length` bytes with NUL: the payload's bytes up to the NUL, zero behind it.
uint32_t cut_word(uint32_t word, uint32_t kept_bytes) {
    return word & ((1U << (8 * kept_bytes)) - 1);
}

/// The last, cut word as received, without reading behind the NUL (the next byte may be no longer mapped).
uint32_t load_tail(const char* at, uint32_t bytes) {
    uint32_t word = 0;
    for (uint32_t i = 0; i < bytes; ++i) word |= uint32_t{static_cast<uint8_t>(at[i])} << (8 * i);
    return word;
}

/// Checksums one set of strings as received. `word_index` runs on from string to string.
uint32_t sum_strings(char* const* strings, const StringSet& set, uint32_t sum) {
    for (uint32_t k = 0; k < set.count; ++k) {
        const char* at = strings[k];
        const uint32_t length = set.length_of(k);
        const char* last_word = at + (length - 1) / 4 * 4;
        for (; at < last_word; at += 4) sum = checksum_word(sum, load_word(at));
        sum = checksum_word(sum, load_tail(at, (length - 1) % 4 + 1));
    }
    return sum;
}

/// The slow look, only after the checksum was wrong: where is the first byte that differs?
void find_wrong_byte(char* const* strings, const StringSet& set, FailureKind kind, uint32_t& word_index,
                     uint32_t left) {
    for (uint32_t k = 0; k < set.count; ++k) {
        const uint32_t length = set.length_of(k);
        for (uint32_t at = 0; at < length; at += 4) {
            uint32_t expected = payload_word(word_index++);
            const uint32_t bytes = length - at < 4 ? length - at : 4;
            if (at + bytes == length) expected = cut_word(expected, bytes - 1);
            const uint32_t difference = load_tail(strings[k] + at, bytes) ^ expected;
            if (difference != 0)
                fail(kind, k, at + static_cast<uint32_t>(__builtin_ctz(difference)) / 8, left);
        }
    }
}

/// Everything that was sent must be here, byte for byte, as the cell defines it. `envp` null: whoever stood
/// between (a shell) has made an environment of its own, which is not looked at.
void check_strings(uintptr_t argc, char** argv, char** envp, const char* state, uint32_t left) {
    uint32_t guard = kChecksumStart;
    for (uint32_t at = kStateArgvCount; at < kStateGuard; at += 4)
        guard = checksum_word(guard, load_word(state + at));
    if (guard != get_field(state, kStateGuard) || state[kStateBytes - 1] != 0) fail(kFailState, 0, 0, left);

    const StringSet in_argv = {get_field(state, kStateArgvCount), get_field(state, kStateArgvLength),
                               get_field(state, kStateArgvLast)};
    const StringSet in_env = {get_field(state, kStateEnvCount), get_field(state, kStateEnvLength),
                              get_field(state, kStateEnvLast)};
    if (argc != in_argv.count + 2 || argv[argc] != nullptr) {
        fail(kFailArgc, static_cast<uint32_t>(argc), 0, left);
    }
    uint32_t envc = 0;
    while (envp != nullptr && envp[envc] != nullptr) ++envc;
    if (envp != nullptr && envc != in_env.count) fail(kFailEnvc, envc, 0, left);

    uint32_t sum = sum_strings(argv + 2, in_argv, kChecksumStart);
    if (envp != nullptr) sum = sum_strings(envp, in_env, sum);
    if (envp != nullptr && sum == get_field(state, kStateChecksum)) return;
    uint32_t word_index = 0;
    find_wrong_byte(argv + 2, in_argv, kFailArgv, word_index, left);
    if (envp == nullptr) return;
    find_wrong_byte(envp, in_env, kFailEnv, word_index, left);
    fail(kFailChecksum, sum, 0, left);
}

}  // namespace
