#!/bin/sh
# SPDX-License-Identifier: MIT
# The tests that CI runs, while every CPU is kept busy by somebody else: slower, and with the same verdicts.
# under_load.sh BUILD_DIRECTORY
set -eu
busy=''
trap 'kill $busy' EXIT
for _ in $(seq "$(nproc)"); do
  sh -c 'while :; do :; done' &
  busy="$busy $!"
done
ctest --test-dir "$1" --output-on-failure --no-tests=error --parallel 2 -L ci
