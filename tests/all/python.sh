#!/bin/bash
# Python frames on real interpreters: every CPython 3.8 to 3.15 that is here (pyenv, Debian) and Debian
# forky's 3.14 and 3.15 in a folder of its own (another root, stripped files). Known shares, deep
# recursion, threads, generators, asyncio, children, C functions, attaching, ptrace stops.
# usage: python.sh [chroot]...   (default: all)
set -u
cd "$(dirname "$0")/../.."
top=$PWD
cache=$top/build/cache
out=$(mktemp -d)
export PERF_OPS_HOME=$out/home HOME=$out/home XDG_DATA_HOME=$out/home
mkdir -p "$out/home" "$cache"
trap 'rm -rf "$out"' EXIT
passed=0 failed=0 skipped=0
ok() { passed=$((passed + 1)); echo "ok - $*"; }
bad() { failed=$((failed + 1)); echo "NOT OK - $*"; }
skip() { skipped=$((skipped + 1)); echo "skip - $*"; }

# measured WHAT: the last profile's collapsed stacks and quality
collapsed() { python3 -c 'import json,sys; print(json.load(open(sys.argv[1]))["artifacts"]["collapsed"])' "$out/p.json" 2>/dev/null; }
# share FUNCTION: percent of the samples whose stack has it (inclusive)
share() {
	awk -v f="$1" '{ n = $NF; sub(/ [0-9]+$/, ""); all += n; s = ";" $0 ";"
		if (index(s, ";" f ";")) in_f += n }
		END { printf "%d", all ? 100 * in_f / all + 0.5 : -1 }' "$(collapsed)"
}
# under A B: percent of the samples with B below A
under() {
	awk -v a="$1" -v b="$2" '{ n = $NF; sub(/ [0-9]+$/, ""); all += n; s = ";" $0 ";"
		i = index(s, ";" a ";"); if (i && index(substr(s, i + length(a) + 1), ";" b ";")) both += n }
		END { printf "%d", all ? 100 * both / all + 0.5 : -1 }' "$(collapsed)"
}
depth() { awk '{ n = split($0, v, ";"); if (n > d) d = n } END { print d + 0 }' "$(collapsed)"; }
unread_pct() {
	python3 -c 'import json,sys
q = json.load(open(sys.argv[1]))["runs"][0]["quality"].get("python") or {}
print(round(100 * (q.get("unread", 0) + q.get("torn", 0)) / q["samples"]) if q.get("samples") else 100)' "$out/p.json"
}
profile() { "$top/build/perf-ops" profile --cpu --json "$@" >"$out/p.json" 2>"$out/err.txt"; }
at_least() { # NAME VALUE MINIMUM
	if [ "$2" -ge "$3" ]; then ok "$1: $2"; else bad "$1: $2, expected at least $3"; fi
}
between() { # NAME VALUE LOW HIGH
	if [ "$2" -ge "$3" ] && [ "$2" -le "$4" ]; then ok "$1: $2"; else bad "$1: $2, expected $3 to $4"; fi
}

# check NAME QUALIFIED COMMAND...: QUALIFIED is 1 from 3.11 on, where functions know their full names
check() {
	local name=$1 qualified=$2 inner total p=
	shift 2
	[ "$qualified" = 0 ] || p="threads.<locals>."
	profile -- "$@" ratio 2 || { bad "$name: $(tail -1 "$out/err.txt")"; return; }
	total=$(share burn)
	at_least "$name: samples in the known functions" "$total" 60
	# shares of one another: start-up takes the rest
	between "$name: half, of what the three take" $((100 * $(share half) / total)) 43 57
	between "$name: third" $((100 * $(share third) / total)) 23 37
	between "$name: fifth" $((100 * $(share fifth) / total)) 14 26
	between "$name: frames unread or torn, %" "$(unread_pct)" 0 5
	profile -- "$@" deep 0.7
	at_least "$name: depth of a recursion of 1000" "$(depth)" 1000
	profile -- "$@" generator 0.7
	at_least "$name: burn below generator and its caller" "$(under consume burn)" 50
	at_least "$name: burn below the generator" "$(under numbers burn)" 50
	profile -- "$@" threads 0.7
	at_least "$name: thread alpha" "$(under "${p}alpha" burn)" 15
	at_least "$name: thread beta" "$(under "${p}beta" burn)" 15
	profile -- "$@" sort 1
	at_least "$name: a key function" "$(share "$([ "$qualified" = 0 ] || echo 'sorts.<locals>.')by")" 30
	[ "$qualified" = 0 ] || p="asyncs.<locals>."
	profile -- "$@" asyncio 1
	at_least "$name: awaited coroutine" "$(under "${p}middle" "${p}leaf")" 25
	profile -- "$@" children 1
	at_least "$name: child processes" "$(under half burn)" 20
	profile -- "$@" fork 0.7
	at_least "$name: a forked child" "$(under half burn)" 20
}

# C functions keep their frames below the Python function that called them, where they have names
c_functions() {
	profile -- "$@" search 1
	at_least "$1: list search in C below its caller" "$(under searches list_contains)" 50
	profile -- "$@" sort 1
	at_least "$1: Python below C below Python" "$(under list_sort 'sorts.<locals>.by')" 20
}

attached() {
	local pid
	"$@" ratio 20 &
	pid=$!
	sleep 0.5
	profile --pid "$pid" --hz 499 --seconds 1
	at_least "$1: attached" "$(under half burn)" 30
	grep -q ' (stopped)' "/proc/$pid/status" && bad "$1: the target was left stopped"
	kill "$pid"
	wait "$pid" 2>/dev/null
}

local_interpreters() {
	local seen=" " py minor found=0
	for py in "${PYENV_ROOT:-/root/.pyenv}"/versions/3.*/bin/python3 /usr/bin/python3; do
		[ -x "$py" ] || continue
		minor=$("$py" -c 'import sys; print(sys.version_info[1])' 2>/dev/null) || continue
		[ "$minor" -ge 8 ] && [ "$minor" -le 15 ] || continue
		case $seen in *" $py "*) continue ;; esac
		seen="$seen$py "
		found=$((found + 1))
		if [ "$found" = 1 ] || [ "$minor" = 13 ]; then
			check "3.$minor ($py)" $((minor >= 11)) "$py" tests/python/work.py
		else # the others: what differs from version to version
			profile -- "$py" tests/python/work.py ratio 1
			at_least "3.$minor ($py): half below main" "$(under half burn)" 25
			between "3.$minor ($py): frames unread or torn, %" "$(unread_pct)" 0 5
		fi
		case $py in /usr/bin/*) ;; *)
			if [ "$minor" = 11 ] || [ "$minor" = 13 ]; then
				c_functions "$py" tests/python/work.py
			fi ;;
		esac
	done
	[ "$found" -gt 0 ] || skip "no Python here"
	[ "$found" = 0 ] || attached python3 tests/python/work.py
	profile --rung ptrace -- python3 tests/python/work.py ratio 1.5
	at_least "by ptrace stops" "$(under half burn)" 25
}

chroot_interpreters() {
	local root=$cache/forky py
	[ "$(id -u)" = 0 ] || { skip "3.14, 3.15 in another root: needs root"; return; }
	command -v debootstrap >/dev/null || { skip "3.14, 3.15: no debootstrap"; return; }
	if [ ! -e "$root.complete" ]; then
		rm -rf "$root"
		if ! debootstrap --variant=minbase --include=python3-minimal,python3.15-minimal,python3.15 \
			forky "$root" http://deb.debian.org/debian /usr/share/debootstrap/scripts/sid \
			>"$cache/forky.log" 2>&1; then
			skip "3.14, 3.15: $(tail -1 "$cache/forky.log")"
			return
		fi
		touch "$root.complete"
	fi
	cp tests/python/work.py "$root/tmp/work.py"
	for py in "$root"/usr/bin/python3.1[0-9]; do
		[ -x "$py" ] || continue
		profile -- chroot "$root" "${py#"$root"}" /tmp/work.py ratio 2
		at_least "${py##*/} in another root: half" "$(under half burn)" 30
		at_least "${py##*/} in another root: third" "$(under third burn)" 15
		between "${py##*/}: frames unread or torn, %" "$(unread_pct)" 0 5
		profile -- chroot "$root" "${py#"$root"}" /tmp/work.py sort 1
		at_least "${py##*/}: a key function" "$(share 'sorts.<locals>.by')" 30
		profile -- chroot "$root" "${py#"$root"}" /tmp/work.py deep 1
		at_least "${py##*/}: depth" "$(depth)" 1000
	done
}

[ "${1:-all}" = chroot ] || local_interpreters
chroot_interpreters
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
