#!/bin/bash
# ./demo on a fresh minimal Debian 12: as root, for a user with sudo, and with perf_event_open
# refused. The base system is kept in build/cache; each run starts from a copy of it.
# usage: fresh-debian.sh [root|sudo|refused|test]...   (default: root sudo refused)
set -eu
cd "$(dirname "$0")/../.."
[ "$(id -u)" = 0 ] || { echo "needs root for chroot" >&2; exit 1; }
cache=$PWD/build/cache
base=$cache/bookworm
mkdir -p "$cache"
if [ ! -e "$base.complete" ]; then
	rm -rf "$base"
	debootstrap --variant=minbase bookworm "$base" >"$cache/debootstrap.log" 2>&1 ||
		{ tail -5 "$cache/debootstrap.log" >&2; exit 1; }
	touch "$base.complete"
fi
fresh=$(mktemp -d "$cache/fresh.XXXXXX")
mounted=
cleanup() {
	for m in $mounted; do umount -l "$m" || true; done
	# never delete through a mount that stayed
	mountpoint -q "$fresh/proc" || mountpoint -q "$fresh/sys" || rm -rf --one-file-system "$fresh"
}
trap cleanup EXIT
cp -a "$base/." "$fresh/"
for m in proc sys; do
	mount --rbind "/$m" "$fresh/$m"
	mount --make-rslave "$fresh/$m"
	mounted="$fresh/$m $mounted"
done
[ -c "$fresh/dev/null" ] || mknod -m 666 "$fresh/dev/null" c 1 3
cp /etc/resolv.conf "$fresh/etc/resolv.conf"
mkdir -p "$fresh/src"
git ls-files -z --cached --others --exclude-standard | tar --null -T - -cf - | tar -xf - -C "$fresh/src"

inside() { chroot "$fresh" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb LC_ALL=C.UTF-8 "$@"; }

# The demo's result must name the culprit of examples/ledger at rank 1, with its cause.
judge() {
	echo "--- $1"
	cat "$2"
	grep -qE '^ *1 +account_by_code +.*book\.c:[0-9]+' "$2" ||
		{ echo "FAILED: $1: the culprit is not at rank 1" >&2; exit 1; }
	grep -q 'linear-search-in-loop' "$2" || { echo "FAILED: $1: no cause" >&2; exit 1; }
}

for mode in ${*:-root sudo refused}; do
	out=$cache/fresh-$mode.txt
	case $mode in
	root) inside sh -c 'cd /src && ./demo' >"$out" || { cat "$out"; exit 1; } ;;
	sudo)
		inside sh -c 'apt-get install -y -q --no-install-recommends sudo >/dev/null 2>&1
			id dev >/dev/null 2>&1 || useradd -m dev
			echo "dev ALL=(ALL) NOPASSWD: ALL" >/etc/sudoers.d/dev
			rm -rf /home/dev/src && cp -a /src /home/dev/src && rm -rf /home/dev/src/build
			chown -R dev /home/dev/src'
		inside su dev -c 'cd ~/src && ./demo' >"$out" || { cat "$out"; exit 1; } ;;
	refused)
		cc -O1 -static -o "$fresh/usr/bin/deny-perf" tests/helpers/seccomp_deny.c
		inside deny-perf perf_event_open=EPERM -- sh -c 'cd /src && ./demo' >"$out" || { cat "$out"; exit 1; }
		grep -q 'ptrace' "$out" || { echo "FAILED: the rung is not named" >&2; exit 1; } ;;
	test)
		start=$(date +%s)
		inside sh -c 'cd /src && ./test' | tee "$out"
		echo "./test took $(($(date +%s) - start)) s on a fresh machine"
		continue ;;
	esac
	judge "$mode" "$out"
done
echo "fresh machine: fine"
