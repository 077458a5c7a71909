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
# Ratios to what ran beside it in the same round, so that a slow moment counts for both. The interval is
# that of the signs: between the k-th smallest and k-th largest ratio, at least 95 % for the median.
compare() { # NAME BASE
	[ -s "$work/$1" ] || return 0
	paste "$work/$1" "$work/$2" | awk '{ printf "%.6f %d\n", $1 / $2, $1 }' | sort -n | awk -v name="$1" -v base="$2" '
		{ r[NR] = $1; ms += $2 }
		END {
			p = 1; for (i = 1; i <= NR; i++) p /= 2
			for (k = 0; sum + p <= 0.025; k++) { sum += p; p = p * (NR - k) / (k + 1) }
			if (k == 0) limits = "too few rounds for an interval"
			else limits = sprintf("%+.1f to %+.1f %%", 100 * (r[k] - 1), 100 * (r[NR + 1 - k] - 1))
			printf "  %-10s %6.0f ms CPU on average; beside %s %+6.1f %% (%s)\n", name, ms / NR, base,
				100 * (r[int((NR + 1) / 2)] - 1), limits
		}'
}
echo "CPU time of the program, $rounds rounds in turn, median ratio and 95 % interval:"
compare cpu alone
compare plain alone
compare memory alone
compare memory cpu
compare heaptrack alone
