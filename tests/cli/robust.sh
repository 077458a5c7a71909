#!/bin/sh
# What a hostile or merely unlucky caller does: closed streams, signals, two targets, odd programs.
. "$(dirname "$0")/lib.sh"
cat >"$work/spin.c" <<'C'
#include <stdlib.h>
#include <time.h>
static double cpu_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}
__attribute__((noinline)) unsigned hot(unsigned x)
{
	for (int i = 0; i < 1000000; i++)
		x = x * 1664525 + 1013904223;
	return x;
}
int main(int argc, char **argv)
{
	unsigned x = 1;
	double end = argc > 1 ? strtod(argv[1], 0) : 1;

	while (cpu_s() < end)
		x = hot(x);
	return x == 7;
}
C
cc -O2 -g -o "$work/spin" "$work/spin.c" || exit 1

# verbs and options that hints name must exist
verbs=$("$PERF_OPS" help | sed -n 's/^  \([a-z]*\)  .*/\1/p' | sort -u)
named=$(grep -rhoE '(: |\(|")perf-ops [a-z]+' src/*/*.c knowledge | sed 's/.*perf-ops //' | sort -u |
	grep -vxE 'takes|brings|guard')
for verb in $named; do
	check "a hint names '$verb', which is a verb" sh -c 'echo "$1" | grep -qx "$2"' - "$verbs" "$verb"
done
for line in $(grep -rhoE 'perf-ops [a-z]+ [^"]*--[a-z-]+' src/*/*.c knowledge | sed -E 's/perf-ops ([a-z]+) .*--([a-z-]+)$/\1:\2/' |
	grep -v ':help$' | sort -u); do
	check "a hint names --${line#*:} of ${line%:*}" sh -c '"$1" "$2" --help | grep -qE -- "--$3( |\$)"' - "$PERF_OPS" "${line%:*}" "${line#*:}"
done
check "no hint starts with a command's name (it gets a capital)" sh -c '! grep -rnE "err_hint\(err, \"(perf-ops|ps) " src'
for verb in "" $verbs; do
	check "help ${verb:-overview} fits 80 columns" sh -c '! "$1" help $2 | awk "length > 80" | grep .' - "$PERF_OPS" "$verb"
done

# two targets are one too many, other targets are named
check "process and command" run 2 profile --pid 1 -- true
check "says so" err_has "two targets"
check "front door, too" run 2 "slow" --pid 1 -- true
check "a control group that is not there" run 4 profile --cgroup /nosuch-group
check "says so" err_has "no control group"

# texts of any length and kind
long=$(yes "the memory of the worker grows over days." | head -c 120000)
check "one word is a complaint, not a mistyped verb" run 0 slow --json
check "of words" jq -e '.schema == "perf-ops/diagnose/1"' "$work/out"
check "a mistyped verb is one" run 2 profiel
check "a very long text is read" run 0 diagnose --window 0 --json "$long"
check "and classified, with a caveat that it was cut" jq -e '.symptom.leaf == "memory.growing"
	and any(.caveats[]; tostring | test("first 64 KiB"))' "$work/out"
check "bytes that are no text" run 0 diagnose --window 0 --json "$(printf 'slow \377\376 caf\351 \001\033[31m red')"
check "give valid JSON" jq -e '.schema == "perf-ops/diagnose/1"' "$work/out"
check "and no escape sequence" run 0 diagnose --window 0 --color never "$(printf 'slow \033[31m red')"
check "on the screen" sh -c '! grep -q "$(printf "\033")" "$1"' - "$work/out"

# a history that is none is put aside, and that is said
mkdir -p "$work/broken"
head -c 5000 /bin/ls >"$work/broken/history.db"
PERF_OPS_HOME="$work/broken" "$PERF_OPS" history >"$work/out" 2>"$work/err"
check "is kept aside" sh -c 'ls "$1" | grep -q "^history.db.broken"' - "$work/broken"
check "and said" err_has "broken"
check "a diagnosis alone has no page" run 4 report
printf '#!/bin/sh\nexit 7\n' >"$work/fails"
chmod +x "$work/fails"
check "a command that fails at once" run 4 profile -q -- "$work/fails"
check "is called failed" err_has "failed with exit code 7"

# standard streams
check "closed output is an error" sh -c '"$1" profile -q -- "$2" 0.3 >&- 2>"$3"; [ $? = 4 ]' - "$PERF_OPS" "$work/spin" "$work/err"
check "of writing, not of measuring" err_has "cannot write the result"
"$PERF_OPS" profile -- "$work/spin" 0.3 >"$work/out" 2>&- <&-
check "closed errors do no harm" out_has "Sampled"
check "full disk" sh -c '"$1" diagnose --window 0 --json >/dev/full 2>"$2"; [ $? = 4 ]' - "$PERF_OPS" "$work/err"
"$PERF_OPS" profile -q -- sh -c "\"$work/spin\" 0.2; yes | head -1; kill -PIPE \$\$; echo survived" >"$work/out" 2>"$work/err"
check "the command gets SIGPIPE as it does alone" sh -c '! grep -qi "broken pipe\|survived" "$1"' - "$work/err"

# signals: what was found until then is shown, nothing is left behind
"$PERF_OPS" profile -q -- "$work/spin" 60 >"$work/out" 2>"$work/err" &
pid=$!
sleep 1.5
kill -INT $pid
wait $pid
check "Ctrl-C ends with 130" test $? = 130
check "and shows the result so far" out_has "Sampled"
"$work/spin" 60 &
target=$!
"$PERF_OPS" profile -q --pid $target --seconds 60 >"$work/out" 2>"$work/err" &
pid=$!
sleep 1.5
kill -TERM $pid
wait $pid
check "SIGTERM ends with 130" test $? = 130
check "and shows the result so far" out_has "Sampled"
"$PERF_OPS" profile -q --pid $target --seconds 60 >"$work/out" 2>"$work/err" &
pid=$!
sleep 1
kill -KILL $pid
wait $pid 2>/dev/null
check "and a case that says so" run 0 history --json -n 1
check "interrupted" jq -e '.cases[0].state == "interrupted" and .cases[0].verb == "profile"' "$work/out"
check "it cannot be shown" run 4 show "$(jq -r '.cases[0].id' "$work/out")"
check "with one sentence" err_has "interrupted"
check "a killed perf-ops leaves the target running" sh -c 'grep -q "^State:.R" /proc/$1/status && grep -q "^TracerPid:.0" /proc/$1/status' - $target
kill -STOP $target
check "a stopped process is called that" run 4 profile -q --pid $target --seconds 0.3
check "with the way out" err_has "kill -CONT $target"
kill -CONT $target
sh -c 'sh -c "exit 0" & exec sleep 30' &
parent=$!
sleep 0.7
zombie=$(pgrep -P $parent)
check "an ended process" run 4 diagnose --window 0 --pid "$zombie"
check "is called ended" err_has "has ended and waits for its parent $parent"
check "by profile, too" run 4 profile -q --pid "$zombie"
kill $parent
(sleep 1; kill -KILL $target) &
check "a target that dies is said" run 0 profile -q --pid $target --seconds 30 --hz 999
check "with its time" out_has "before the time was over"
wait
check "after a diagnosis" run 0 diagnose --window 0 "slow"
check "report means the last case that has a page" run 0 report
finish
