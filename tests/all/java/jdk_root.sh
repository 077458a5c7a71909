#!/bin/sh
# jdk_root.sh ROOT SUITE PACKAGE: a JDK of another Debian release with all it needs, unpacked below ROOT to be
# run by chroot. Does nothing when it is there.
set -eu
root=$1 suite=$2 package=$3
[ -e "$root/.complete" ] && exit 0
rm -rf "$root"
mkdir -p "$root/apt/lists/partial" "$root/apt/archives/partial" "$root/tmp" "$root/proc" "$root/dev"
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian $suite main" >"$root/apt/sources.list"
: >"$root/apt/status"
set -- -q -o Dir::Etc::sourcelist="$root/apt/sources.list" -o Dir::Etc::sourceparts=- -o Dir::Etc::preferencesparts=- \
	-o Dir::State::lists="$root/apt/lists" -o Dir::State::status="$root/apt/status" -o Dir::Cache="$root/apt" \
	-o Dir::Cache::archives="$root/apt/archives" -o APT::Sandbox::User=root -o Acquire::Languages=none
apt-get "$@" update
apt-get "$@" install -y --download-only --no-install-recommends "$package" bash coreutils
for deb in "$root"/apt/archives/*.deb; do
	dpkg-deb -x "$deb" "$root"
done
mknod -m 666 "$root/dev/null" c 1 3
mknod -m 666 "$root/dev/random" c 1 8
mknod -m 666 "$root/dev/urandom" c 1 9
rm -rf "$root/apt"
touch "$root/.complete"
