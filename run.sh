#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The front door: installs what is missing, builds, and hands over to build/stackshift.
set -euo pipefail
cd "$(dirname "$0")"

# The source that the committed reference results were made with.
readonly pinned_source='linux-source-6.12=6.12.117-1~deb12u1'

die() {
  echo "run.sh: $2" >&2
  exit "$1"
}

usage() {
  cat <<'TEXT'
usage: ./run.sh                      count execs in emulated kernels, time them on this one, show the tables
       ./run.sh COMMAND [OPTION...]  host, kernels, lab, check, compare, list, chain; ./run.sh COMMAND --help explains
       ./run.sh test [--all]         run the tests (--all: those too that take longer than CI's time)

Options without a command are the main job's, for example: ./run.sh --profile smoke
Missing Debian packages are installed first (root or sudo only for that).
TEXT
}

missing_packages() {
  local package
  grep -vE '^(#|$)' packages.list | while read -r package; do
    dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || echo "$package"
  done
}

install_missing() {
  command -v dpkg-query >/dev/null || die 4 'this is no Debian system: install what packages.list names, by hand'
  local missing pinned
  missing=$(missing_packages | tr '\n' ' ')
  [ -n "${missing// /}" ] || return 0
  local -a sudo=()
  if [ "$(id -u)" -ne 0 ]; then
    if command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
      sudo=(sudo)
    else
      die 4 "packages are missing and there is no root: sudo apt-get install --no-install-recommends $missing"
    fi
  fi
  echo "run.sh: installing $missing" >&2
  "${sudo[@]}" apt-get update -qq >&2 || die 4 'apt-get update failed'
  pinned=${missing/linux-source-6.12/$pinned_source}
  # shellcheck disable=SC2086  # lists of words
  DEBIAN_FRONTEND=noninteractive "${sudo[@]}" apt-get install -y -qq --no-install-recommends $pinned >&2 ||
    DEBIAN_FRONTEND=noninteractive "${sudo[@]}" apt-get install -y -qq --no-install-recommends $missing >&2 ||
    die 4 "installation failed: sudo apt-get install --no-install-recommends $missing"
}

# Builds the given target; quiet unless something fails.
build() {
  local log=build/build.log
  mkdir -p build 2>/dev/null || die 4 "cannot write to $PWD: run it from a directory of your own"
  if [ ! -f build/build.ninja ]; then
    cmake --preset release >"$log" 2>&1 || { cat "$log" >&2; die 5 "CMake failed; log: $log"; }
  fi
  cmake --build build --target "$1" >"$log" 2>&1 ||
    { grep -E 'error|FAILED|fatal' "$log" | head -20 >&2; die 5 "the build failed; log: $log"; }
}

run_tests() {
  local -a tier=(-L ci)
  case ${1-} in
  '') ;;
  --all) tier=() ;;
  *) die 2 "unknown option '$1' of test (known: --all)" ;;
  esac
  echo 'run.sh: building the suite and its tests' >&2
  build all
  exec ctest --test-dir build --output-on-failure --no-tests=error --parallel 2 "${tier[@]}"
}

case ${1-} in
-h | --help)
  usage
  exit 0
  ;;
esac
[ "$(uname -sm)" = 'Linux x86_64' ] || die 4 "stackshift measures x86-64 Linux kernels; this machine is $(uname -sm)"
install_missing
case ${1-} in
test)
  shift
  run_tests "$@"
  ;;
esac
build stackshift
exec build/stackshift "$@"
