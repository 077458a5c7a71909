#!/bin/sh
# Budgets of the command itself: --version < 5 ms, diagnose without window < 200 ms and < 30 MiB.
# Medians with quartiles over interleaved rounds; on a busy machine judge the CPU time.
set -eu
cd "$(dirname "$0")/../.."
bin=${PERF_OPS:-build/perf-ops}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cc -O2 -D_GNU_SOURCE -o "$work/measure" tests/bench/measure.c
export PERF_OPS_HOME="$work/home"
bad=0
budget() { # name value limit unit
	awk -v n="$1" -v v="$2" -v l="$3" -v u="$4" 'BEGIN {
		printf "%-34s %8.2f %s of %s allowed (%.0f %%)\n", n, v, u, l, 100 * v / l; exit !(v < l) }' || bad=1
}
field() { echo "$1" | tr ' ' '\n' | grep -A1 "^$2\$" | tail -1; }
v=$("$work/measure" 200 "$bin" --version)
echo "--version:  $v"
t=$("$work/measure" 200 true)
echo "true:       $t"
d=$("$work/measure" 20 "$bin" diagnose "the import is slow" --window 0 --project .)
echo "diagnose:   $d"
budget "--version, wall" "$(field "$v" wall_ms)" 5 ms
budget "diagnose --window 0, wall" "$(field "$d" wall_ms)" 200 ms
budget "diagnose --window 0, peak memory" "$(field "$d" rss_mib)" 30 MiB
exit $bad
