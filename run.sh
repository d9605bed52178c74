#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The front door: installs what is missing, builds, and hands over to build/stackshift, which runs in the user's
# directory.
set -euo pipefail
root=$(dirname "$(readlink -f "$0")")
readonly root

# The source that the committed reference results were made with.
readonly pinned_source='linux-source-6.12=6.12.117-1~deb12u1'

die() {
  echo "run.sh: $2" >&2
  exit "$1"
}

usage() {
  cat <<'TEXT'
usage: ./run.sh                      count execs in emulated kernels, time them on this one, show what was found
       ./run.sh COMMAND [OPTION...]  host, kernels, lab, check, compare, report, plot, bisect, gate, verify, reference,
                                     export, justify, thread, list, chain; ./run.sh COMMAND --help explains
       ./run.sh test [--all]         run the tests (--all: those too that take longer than CI's time)

Options without a command are the main job's, for example: ./run.sh --profile smoke
Missing Debian packages are installed first (root or sudo only for that).
TEXT
}

# The packages of the given sections of packages.list that are not installed, sorted. Node and npm may be there without
# Debian's packages, which would then be in the way.
missing_packages() {
  local there='^$'
  ! command -v npm >/dev/null || there='^(nodejs|npm)$'
  comm -23 \
    <(awk -v sections="$*" '/^# \[/ { wanted = index(sections, $2) } /^[^#]/ && wanted' "$root/packages.list" | sort) \
    <(dpkg-query -W -f '${db:Status-Status} ${Package}\n' | sed -n 's/^installed //p' | sort -u) |
    sed -E "/$there/d"
}

# Runs it as root, quietly.
as_root() {
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive LC_ALL=C "$@" >>"$log" 2>&1 || {
    echo >&2
    die 4 "installation failed; log: $log; by hand: sudo apt-get install --no-install-recommends ${missing[*]}"
  }
}

# Installs what the given sections lack. Prints one line; apt's own words go to a log.
install_missing() {
  command -v dpkg-query >/dev/null || die 4 'this is no Debian system: install what packages.list names, by hand'
  local -a missing sudo=() install=(apt-get install -y --no-install-recommends)
  local log=$root/build/install.log uris
  mapfile -t missing < <(missing_packages "$@")
  [ ${#missing[@]} -gt 0 ] || return 0
  if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null || ! { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
      [ -n "$(missing_packages '[run]')" ] ||
        { echo "run.sh: some tests will be skipped for want of ${missing[*]}" >&2 && return; }
      die 4 "packages are missing and there is no root: sudo apt-get install --no-install-recommends ${missing[*]}"
    fi
    sudo=(sudo -p 'run.sh: packages are to be installed; password for %p: ')
    sudo -n true 2>/dev/null || "${sudo[@]}" true || die 4 "sudo failed: packages are missing: ${missing[*]}"
  fi
  { mkdir -p "$root/build" && : >"$log"; } 2>/dev/null || log=$(mktemp "${TMPDIR:-/tmp}/stackshift-install.XXXXXX")
  printf 'run.sh: installing %s' "${missing[*]}" >&2
  as_root apt-get update
  # Where the mirrors have dropped the pinned version, a later one.
  "${install[@]}" --print-uris "${missing[@]/%linux-source-6.12/$pinned_source}" >/dev/null 2>&1 &&
    missing=("${missing[@]/%linux-source-6.12/$pinned_source}")
  uris=$("${install[@]}" -qq --print-uris "${missing[@]}" 2>>"$log" || true)
  awk '/\.deb / { count++; size += $3 } END { printf " (%d packages, %d MB)\n", count, size / 1e6 }' <<<"$uris" >&2
  as_root "${install[@]}" --download-only "${missing[@]}"
  # Out of reach of the terminal's Ctrl-C, which would leave packages half installed: it ends run.sh afterwards.
  as_root setsid --wait "${install[@]}" "${missing[@]}"
}

# Shows how far ninja is, of what its output says on stdin: one line that counts on a terminal, else a line per tenth.
show_progress() {
  local line built total left tenth=0
  while IFS= read -r line; do
    [[ $line =~ ^\[([1-9][0-9]*)/([0-9]+)\] ]] || continue
    built=${BASH_REMATCH[1]} total=${BASH_REMATCH[2]} left=''
    ((SECONDS < 5)) || left=", $((SECONDS * (total - built) / built)) s left"
    if [ -t 2 ]; then
      printf '\r\e[Krun.sh: building %s: %d of %d%s' "$1" "$built" "$total" "$left" >&2
    elif ((built * 10 / total > tenth)); then
      tenth=$((built * 10 / total))
      echo "run.sh: building $1: $built of $total$left" >&2
    fi
  done
  [ ! -t 2 ] || printf '\r\e[K' >&2
}

# A build directory that was copied or moved with its checkout still builds the sources of the old place.
forget_other_place() {
  local cache=$1/CMakeCache.txt
  [ -f "$cache" ] || return 0
  grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$cache" && grep -qxF "CMAKE_CACHEFILE_DIR:INTERNAL=$1" "$cache" &&
    return
  echo "run.sh: $1 was made for another checkout; building anew for this one" >&2
  rm -rf "$cache" "$1/CMakeFiles" "$1/build.ninja"
}

# Builds targets of a preset of CMakePresets.json in a directory: build PRESET DIR NAME TARGET...
build() {
  local preset=$1 directory=$2 name=$3 log=$root/build/build.log
  shift 3
  mkdir -p "$root/build" 2>/dev/null || die 4 "cannot write to $root: run it from a directory of your own"
  forget_other_place "$directory"
  if [ ! -f "$directory/build.ninja" ]; then
    echo 'run.sh: looking at the compiler and the libraries (CMake)' >&2
    (cd "$root" && cmake --preset "$preset") >"$log" 2>&1 || { cat "$log" >&2; die 5 "CMake failed; log: $log"; }
    echo "run.sh: building $name: minutes, the first time" >&2
  fi
  SECONDS=0
  cmake --build "$directory" --target "$@" 2>&1 | tee "$log" | show_progress "$name" ||
    { grep -E 'error|FAILED|fatal' "$log" | head -20 >&2; die 5 "the build failed; log: $log"; }
  # For `list --timings`: what children have taken so far ("1m23.4s 0m5.6s" in the last line), where something was built.
  ((SECONDS >= 5)) || return 0
  times >"$root/build/times"
  tail -n 1 "$root/build/times" | tr 'ms' '  ' | awk '{ print $1 * 60 + $2 + $3 * 60 + $4 }' >"$root/build/suite-processor-seconds"
}

# Fetches what plots/package-lock.json names into build/charts: with `dev`, for the tests too. Without npm or a network
# there are no charts, and `report` says so.
fetch_charts() {
  local charts=$root/build/charts log=$root/build/charts.log
  local -a what=(--omit=dev)
  [ "${1-}" != dev ] || what=()
  cmp -s "$root/plots/package-lock.json" "$charts/package-lock.json" &&
    { [ "${1-}" != dev ] || [ -d "$charts/node_modules/axe-core" ]; } && return
  command -v npm >/dev/null || return 0
  echo 'run.sh: fetching the chart library' >&2
  rm -rf "$charts" && mkdir -p "$charts" && cp "$root/plots/package.json" "$root/plots/package-lock.json" "$charts"
  npm ci --prefix "$charts" "${what[@]}" --ignore-scripts --no-audit --no-fund >"$log" 2>&1 || {
    echo "run.sh: npm could not fetch it; log: $log" >&2
    rm -rf "$charts"
  }
}

run_tests() {
  local -a tier=(-L ci) sections=('[run]' '[test]' '[plots]')
  case ${1-} in
  '') ;;
  --all) tier=() ;;
  *) die 2 "unknown option '$1' of test (known: --all)" ;;
  esac
  # Packages of kernels and a campaign of fuzzing are of the long tier alone.
  [ "${#tier[@]}" -gt 0 ] || sections+=('[packages]' '[fuzz]' '[vma]')
  install_missing "${sections[@]}"
  fetch_charts dev
  build sanitize "$root/build/sanitize" 'the suite and its tests' tests
  exec ctest --test-dir "$root/build/sanitize" --output-on-failure --no-tests=error --parallel 2 "${tier[@]}"
}

# The programs that are started here end at a signal with codes of their own, or later.
trap 'echo >&2; exit 130' INT
trap 'exit 143' TERM
case ${1-} in
-h | --help)
  usage
  exit 0
  ;;
esac
[ "$(uname -sm)" = 'Linux x86_64' ] || die 4 "stackshift measures x86-64 Linux kernels; this machine is $(uname -sm)"
case ${1-} in
test)
  shift
  run_tests "$@"
  ;;
esac
case ${1-} in
plot)
  install_missing '[run]' '[plots]'
  fetch_charts
  ;;
kernels)
  sections=('[run]')
  [[ " $* " != *' --deb '* ]] || sections+=('[packages]')
  install_missing "${sections[@]}"
  ;;
report | '' | -*)
  install_missing '[run]'
  fetch_charts
  ;;
*)
  install_missing '[run]'
  ;;
esac
targets=(stackshift)
[ "${1-}" != check ] || targets+=(conformance)
build release "$root/build" 'the suite' "${targets[@]}"
exec "$root/build/stackshift" "$@"
