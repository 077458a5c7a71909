#!/bin/sh
# bench against itself on this machine: unchanged commands called changed (100 comparisons), a 5 %
# slowdown found, and the harness floor beside hyperfine -N where that is installed. Minutes.
. "$(dirname "$0")/../cli/lib.sh"
cat >"$work/burn.c" <<'C'
#include <stdlib.h>
int main(int argc, char **argv)
{
	volatile unsigned long sum = 0;
	unsigned long n = (argc > 1 ? strtoul(argv[1], NULL, 10) : 0) * 10000;
	for (unsigned long i = 0; i < n; i++)
		sum += i;
	return 0;
}
C
cc -O1 -static -o "$work/burn" "$work/burn.c" || cc -O1 -o "$work/burn" "$work/burn.c" || exit 1

changed=0
for i in $(seq 100); do
	"$PERF_OPS" bench -q --pairs 30 --json "$work/burn 100" "$work/burn 100" 2>/dev/null |
		jq -e '.comparisons[0].verdict | . != "no-change" and . != "inconclusive"' >/dev/null &&
		changed=$((changed + 1))
done
echo "# unchanged called changed: $changed of 100"
# a rate of 5 % exceeds 13 of 100 once in 2000 times
check "false alarms are as rare as promised" [ $changed -le 13 ]

found=0
for i in $(seq 10); do
	"$PERF_OPS" bench -q --metric cpu --seconds 20 "$work/burn 4000" "$work/burn 4200" >/dev/null 2>&1
	[ $? = 1 ] && found=$((found + 1))
done
echo "# 5 % slower found: $found of 10"
check "5 % on cpu time is found" [ $found -ge 8 ]

ours=$("$PERF_OPS" bench -q --json --runs 300 -w 5 "$work/burn" | jq '.commands[0].min_s * 1e6')
echo "# floor: $ours us"
if command -v hyperfine >/dev/null; then
	hyperfine -N -w 5 -r 300 --export-json "$work/hf.json" "$work/burn" >/dev/null 2>&1
	theirs=$(jq '.results[0].min * 1e6' "$work/hf.json")
	echo "# hyperfine -N: $theirs us"
	check "the floor is no higher than hyperfine's" [ "$(echo "$ours $theirs" | awk '{ print $1 <= $2 * 1.05 }')" = 1 ]
fi
finish
