#!/bin/bash
# What looking at system calls costs the program: interleaved runs of a program that writes 16 bytes
# at a time (its worst case) and of one that does 20,000 reads a second, alone and under
# perf-ops profile --io, perf trace -s and strace -c -f. Prints medians and ratios.
set -eu
cd "$(dirname "$0")/../.."
rounds=${1:-5}
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
export PERF_OPS_HOME="$out/home"
load=$PWD/build/tests/helpers/io-load
case=${2:-small-writes} count=${3:-400000}
measure() { # NAME COMMAND...: the program's own wall time, which it writes to fd 9's file
	name=$1
	shift
	"$@" >/dev/null 2>&1
	cat "$out/time" >>"$out/$name.times"
}
cat >"$out/timed" <<'S'
#!/bin/bash
TIMEFORMAT=%R
{ time "$2" "$3" "$4" "$5" >/dev/null; } 2>"$1/time"
S
chmod +x "$out/timed"
run=("$out/timed" "$out" "$load" "$case" "$count" "$out")
for _ in $(seq "$rounds"); do
	measure alone "${run[@]}"
	measure perf-ops build/perf-ops profile --io -q -- "${run[@]}"
	if command -v perf >/dev/null; then measure perf-trace perf trace -s -- "${run[@]}"; fi
	if command -v strace >/dev/null; then measure strace strace -c -f -- "${run[@]}"; fi
done
median() { sort -n "$1" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
base=$(median "$out/alone.times")
for f in "$out"/*.times; do
	m=$(median "$f")
	echo "$case $count $(basename "$f" .times): $m s, $(awk "BEGIN { printf \"%.2f\", $m / $base }") times as long"
done
