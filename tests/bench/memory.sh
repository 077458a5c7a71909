#!/bin/sh
# What watching allocations costs the program: CPU time of 24 million malloc and free pairs with some
# work between them, alone, under perf-ops and under heaptrack (where that is installed), in turn.
# tests/bench/memory.sh [ROUNDS]; needs an otherwise idle machine.
cd "$(dirname "$0")/../.." || exit 1
rounds=${1:-9}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
load=$PWD/build/tests/helpers/alloc-load
export XDG_DATA_HOME="$work"

one() { # NAME COMMAND...
	name=$1
	shift
	"$@" 2>&1 | sed -n 's/.*cpu_ms \([0-9]*\).*/\1/p' >>"$work/$name"
}
for i in $(seq "$rounds"); do
	one alone "$load" churn
	one cpu build/perf-ops profile --cpu -- "$load" churn
	one memory build/perf-ops profile --memory -- "$load" churn
	one plain build/perf-ops profile -- "$load" churn
	if command -v heaptrack >/dev/null; then
		(cd "$work" && one heaptrack heaptrack -r -o "$work/ht" "$load" churn)
		rm -f "$work"/ht*
	fi
done
median() {
	sort -n "$work/$1" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}
base=$(median alone)
echo "CPU time of the program, median of $rounds, and beside it alone:"
for name in alone cpu memory plain heaptrack; do
	[ -s "$work/$name" ] || continue
	m=$(median "$name")
	awk -v n="$name" -v m="$m" -v b="$base" \
		'BEGIN { printf "  %-10s %6d ms  %+6.1f %%\n", n, m, 100 * (m / b - 1) }'
done
