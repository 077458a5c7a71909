#!/bin/sh
# profile, report, show, history on a real slow program; and the named answers when it cannot work.
. "$(dirname "$0")/lib.sh"
cc -O2 -g -o "$work/ledger" examples/ledger/*.c || exit 1
cat >"$work/spin.c" <<'END'
int main(void) { for (volatile unsigned long i = 0;; i++) ; }
END
cc -O1 -o "$work/spin" "$work/spin.c" || exit 1

check "profile a command" run 0 profile --project examples/ledger -- "$work/ledger"
check "the culprit is first" sh -c 'grep -qE "^ *1 +account_by_code +book.c:[0-9]+ " "$1"' - "$work/out"
check "with its cause" out_has "linear-search-in-loop"
check "quality is said" sh -c 'tr -s "\n " " " <"$1" | grep -q "complete stacks"' - "$work/out"
check "the program's output is on standard error" err_has "6000 accounts"
check "and not among the results" out_lacks "6000 accounts"
check "no line is wider than the screen" sh -c '! grep -v "^Flamegraph\|/" "$1" | awk "length > 100" | grep -q .' - "$work/out"
check "as JSON" run 0 profile --json -q --project examples/ledger -- "$work/ledger" 100000
check "JSON has the agreed fields" jq -e '.schema == "perf-ops/profile/1" and (.case | length > 0)
	and .findings[0].where.function == "account_by_code" and (.findings[0].where.file | endswith("book.c"))
	and .findings[0].cause == "linear-search-in-loop" and .findings[0].rank == 1
	and .findings[0].ci[0] <= .findings[0].share and .findings[0].share <= .findings[0].ci[1]
	and (.findings[0].fix | length > 0) and .runs[0].samples > 50 and (.artifacts.flamegraph | length > 0)' "$work/out"
flame=$(jq -r .artifacts.flamegraph "$work/out")
check "the page exists" test -s "$flame"
check "the page needs no network" sh -c '! grep -qE "(src|href)=.?https?://" "$1"' - "$flame"
check "user code only" run 0 profile -q --user-only -- "$work/ledger" 60000
check "refused rung: ptrace" run 0 profile -q --rung ptrace --project examples/ledger -- "$work/ledger" 100000
check "names the rung" out_has "ptrace stops"
check "same culprit" sh -c 'grep -qE "^ *1 +account_by_code" "$1"' - "$work/out"

"$work/spin" &
spin=$!
check "profile a process" run 0 profile -q --pid $spin --seconds 1
check "never stopped" out_has "never stopped the target"
check "it still runs" sh -c 'grep -q "^State:.*R" /proc/$1/status' - $spin
check "--table" run 0 profile -q --pid $spin -s 0.5 --table
kill $spin

check "report names the page" run 0 report
check "page is there" sh -c 'test -s "$(cat "$1")"' - "$work/out"
check "report to a file" run 0 report --output "$work/copy.html"
check "copy is there" grep -q "<html" "$work/copy.html"
check "report of a missing case" run 4 report 9999
check "one sentence" err_one_sentence
check "report of nonsense" run 2 report abc
check "show the last" run 0 show
check "show as JSON" run 0 show 1 --json
check "is the document" jq -e '.case == "1"' "$work/out"
check "history" run 0 history
check "lists the case" out_has "account_by_code"
check "history as JSON" run 0 history --json -n 2
check "is valid" jq -e '.cases | length == 2' "$work/out"
check "delete a case" run 0 history --delete 1
check "prune the history" run 0 history --prune 1
check "says what it did" out_has "kept the newest 1"
check "it is gone" run 4 show 1
check "zero is no number to keep" run 2 history --prune 0

check "nothing to profile" run 2 profile
check "hint" err_has "perf-ops profile -- ./prog"
check "missing program" run 4 profile -q -- "$work/nosuch"
check "one sentence" err_one_sentence
cases=$(ls "$PERF_OPS_HOME")
check "too short to sample" run 4 profile -q -- true
check "says so" err_has "no samples"
check "and leaves no case behind" test "$cases" = "$(ls "$PERF_OPS_HOME")"
check "a command that sleeps" run 0 profile -q --json -- sleep 0.4
check "is said to wait" jq -e '.findings[0].resource == "wall" and .findings[0].share > 0.8' "$work/out"
# reading a pipe that nobody writes to: nothing to do, which is no bottleneck
mkfifo "$work/pipe"
sh -c 'exec 3<>"$0"; read line <&3' "$work/pipe" &
idle=$!
sleep 0.2
check "an idle process" run 4 profile -q --cpu --seconds 0.5 --pid $idle
kill $idle
check "vanished process" run 4 profile -q --pid 2147483000
check "hz out of range" run 2 profile --hz 0 -- true
PERF_OPS_HOME=/proc/nowhere
check "an unwritable history is a caveat, not a failure" run 0 profile -q -- "$work/ledger" 60000
check "and is said" out_has "not kept"
finish
