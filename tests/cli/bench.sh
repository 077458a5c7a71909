#!/bin/sh
# bench: verdicts on commands whose truth is known, one command, exports, and the named failures.
. "$(dirname "$0")/lib.sh"
cat >"$work/burn.c" <<'C'
#include <stdlib.h>
int main(int argc, char **argv)
{
	volatile unsigned long sum = 0;
	unsigned long n = (argc > 1 ? strtoul(argv[1], NULL, 10) : 1) * 100000;
	for (unsigned long i = 0; i < n; i++)
		sum += i;
	return 0;
}
C
cc -O1 -o "$work/burn" "$work/burn.c" || exit 1
burn=$work/burn

check "twice the work is regressed" run 1 bench -q --metric cpu --pairs 20 "$burn 40" "$burn 80"
check "in words" out_has "REGRESSED"
check "with pairs" out_has " pairs, "
check "half the work is improved" run 0 bench -q --metric cpu --pairs 20 "$burn 80" "$burn 40"
check "in words" out_has "IMPROVED"
check "the names are what differs" sh -c 'grep -q "^ 80 .*[ms]" "$1" && grep -q "^ 40 vs 80 " "$1"' - "$work/out"
check "no line is wider than the screen" sh -c '! awk "length > 100" "$1" | grep -q .' - "$work/out"
check "five pairs cannot tell" run 3 bench -q --pairs 5 "$burn 40" "$burn 80"
check "and it says so" out_has "At least 6 pairs"
check "the same within a wide margin" run 0 bench -q --metric cpu --pairs 60 --margin 60 "$burn 40" "$burn 40"
check "is no change" out_has "NO CHANGE"
check "one command" run 0 bench -q --runs 8 "$burn 10"
check "has a median with its interval" sh -c 'grep -q "median .* 95 % CI .* 8 runs" "$1"' - "$work/out"
check "words after --" run 0 bench -q --runs 3 -- sh -c 'exit 0'
check "three commands" run 1 bench -q --metric cpu --pairs 24 "$burn 40" "$burn 80" "$burn 160"
check "each against the first" sh -c '[ "$(grep -c " vs 40 " "$1")" = 2 ]' - "$work/out"
check "peak memory" run 1 bench -q --metric rss --pairs 8 true "perl -e '\$x = \"x\" x 50000000'"
check "is judged" out_has "larger"

check "seeded" run 3 bench --json -q --pairs 4 --seed 7 true true
jq '[.commands[].runs[].order]' "$work/out" >"$work/order1"
check "seeded again" run 3 bench --json -q --pairs 4 --seed 7 true true
jq '[.commands[].runs[].order]' "$work/out" >"$work/order2"
check "gives the same order" cmp "$work/order1" "$work/order2"
check "the agreed fields" jq -e '.schema == "perf-ops/bench/1" and .design.seed == 7
	and (.commands | length) == 2 and (.commands[0].runs | length) == 4
	and .commands[0].runs[0].wall_s > 0 and .commands[0].runs[0].max_rss_bytes > 0
	and .commands[0].runs[0].exit == 0 and .comparisons[0].verdict == "inconclusive"
	and .comparisons[0].ratio > 0 and (.case | length) > 0' "$work/out"
check "exports every run" run 0 bench -q --runs 6 --export "$work/o.csv" true
check "one line each" sh -c '[ "$(wc -l <"$1")" = 7 ]' - "$work/o.csv"
check "exports a table" run 0 bench -q --runs 6 --export "$work/o.md" true
check "with a row" grep -q '^| `true` | ' "$work/o.md"
check "exports JSON" run 0 bench -q --runs 6 --export "$work/o.json" true
check "that is JSON" jq -e '.commands[0].command == "true"' "$work/o.json"
check "it is a case" run 0 history
check "of this verb" out_has "bench"
check "it is shown again" run 0 show

check "the time is a limit" run 0 bench -q --seconds 1 'sleep 0.1'
check "prepare runs before each" run 0 bench -q --runs 4 -w 0 --prepare "echo x >>$work/prepared" true
check "four times" sh -c '[ "$(wc -l <"$1")" = 4 ]' - "$work/prepared"
check "a failing command is an error" run 4 bench -q 'exit 3'
check "with the way out" err_has "--ignore-failure"
check "which works" run 0 bench -q -i --runs 6 'exit 3'
check "a hanging command is ended" run 4 bench -q --timeout 0.2 'sleep 20'
check "and named" err_has "took longer than"
check "a missing program" run 4 bench -q no-such-program-x
check "one sentence" err_one_sentence
check "a missing program behind a shell" run 4 bench -q --shell no-such-program-x
check "nothing to measure" run 2 bench
check "an open quote" run 2 bench "true 'x"
check "unknown export" run 2 bench --export x.doc true
check "contradiction" run 2 bench --shell --no-shell true
check "a process is no command" run 2 bench --pid 1
check "secrets are hidden" run 0 bench -q --runs 2 'echo --password hunter2'
check "on the screen" out_lacks hunter2

"$PERF_OPS" bench -q --pairs 500 'sleep 0.05' 'sleep 0.06' >"$work/out" 2>"$work/err" &
pid=$!
sleep 1.5
kill -INT $pid
wait $pid
check "Ctrl-C shows the result so far" out_has "interrupted after"
finish
