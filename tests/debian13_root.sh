#!/bin/sh
# SPDX-License-Identifier: MIT
# Makes a root of Debian 13, of the mirror that this machine uses: debian13_root.sh DIRECTORY SUITE PACKAGES
# SUITE: whose packages are preferred (trixie or trixie-backports). PACKAGES: separated by commas.
set -eu
directory=$1 suite=$2 packages=$3
mirror=$(apt-get indextargets --format "\$(REPO_URI)|\$(ORIGIN)" | awk -F'|' '$2 == "Debian" { print $1 }' |
  grep -v security | head -n 1)
[ -n "$mirror" ] || { echo "no mirror of Debian in this machine's package sources" >&2; exit 4; }
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
rm -rf "$directory" "$directory.part"
mkdir -p "$(dirname "$directory")"
set -- "deb [signed-by=$keyring] $mirror trixie main"
[ "$suite" = trixie ] || set -- "$@" "deb [signed-by=$keyring] $mirror $suite main"
mmdebstrap --quiet --variant=apt --aptopt="APT::Default-Release \"$suite\"" \
  --aptopt='APT::Install-Recommends "false"' --include="$packages" trixie "$directory.part" "$@"
mv "$directory.part" "$directory"
