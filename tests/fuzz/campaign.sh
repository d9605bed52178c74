#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Fuzzes the readers with libFuzzer, from the committed corpora on.
#
#     tests/fuzz/campaign.sh [SECONDS [NAME...]]    of each harness (default: 10), of all or those named
#
# Prints a line per harness. What is found stays in build/fuzz/found; once the reader is mended, it belongs into the
# corpus. Exit code 1 where something was found.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
build=$root/build/fuzz
seconds=${1:-10}
shift || true

clang=$(command -v clang++) || { echo 'skipped: clang is not installed'; exit 0; }
"$clang" -fsanitize=fuzzer -x c++ - -o /dev/null 2>/dev/null <<'CODE' ||
#include <cstddef>
extern "C" int LLVMFuzzerTestOneInput(const unsigned char*, std::size_t) { return 0; }
CODE
  { echo 'skipped: clang has no libFuzzer (package libclang-rt-dev)'; exit 0; }

cd "$root"
mkdir -p "$build"
cmake --preset fuzz >"$build/configure.log" || { cat "$build/configure.log"; exit 1; }
cmake --build --preset fuzz --target fuzz -j "${FUZZ_JOBS:-$(nproc)}" >"$build/build.log" ||
  { grep -E 'error|FAILED' "$build/build.log"; exit 1; }
[ $# -gt 0 ] || mapfile -t names < <(cd "$here/corpus" && printf "%s\n" *)
[ $# -eq 0 ] || names=("$@")

# The number behind a word of libFuzzer's last line of progress, or of its closing statistics.
value() { sed -n "s/.*$2:\\? *\\([0-9]\\+\\).*/\\1/p" "$1" | tail -n 1; }

found=0
printf '%-14s %11s %5s %7s %7s %9s\n' reader executions s edges inputs findings
for name in "${names[@]}"; do
  work=$build/corpus/$name log=$build/$name.log
  mkdir -p "$work" "$build/found"
  begun=$SECONDS
  # An input without an end, or with memory beyond all proportion, is a finding too. libFuzzer's clock is the wall's, and
  # a busy machine stops for seconds: fuzz_replay looks at processor time.
  "$build/tests/${name}_fuzz" -max_total_time="$seconds" -timeout=60 -rss_limit_mb=1024 -max_len=65536 -use_value_profile=1 \
    -print_final_stats=1 -artifact_prefix="$build/found/$name-" "$work" "$here/corpus/$name" >"$log" 2>&1 &&
    result=0 || result=1
  found=$((found + result))
  printf '%-14s %11s %5s %7s %7s %9s\n' "$name" "$(value "$log" stat::number_of_executed_units)" $((SECONDS - begun)) \
    "$(value "$log" cov)" "$(find "$work" -type f | wc -l)" "$result"
  [ "$result" -eq 0 ] || grep -m 3 -E 'ERROR|SUMMARY|Test unit written' "$log" || true
done
[ "$found" -eq 0 ]
