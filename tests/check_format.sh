#!/bin/sh
# SPDX-License-Identifier: MIT
# Sources are formatted by .clang-format, shell scripts are clean for shellcheck.
cd "$(dirname "$0")/.." || exit 1
for tool in clang-format shellcheck; do
  command -v "$tool" >/dev/null || { echo "skipped: $tool is not installed"; exit 0; }
done
find bench tests \( -name '*.cpp' -o -name '*.h' \) -exec clang-format --dry-run --Werror {} + &&
  shellcheck run.sh .ci/run tests/*.sh tests/fuzz/*.sh
