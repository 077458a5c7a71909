#!/bin/sh
# perf-ops killed with SIGKILL at many moments: the target goes on untouched, and nothing of us stays behind,
# neither processes nor files.
. "$(dirname "$0")/lib.sh"

cat >"$work/spin.c" <<'C'
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
int main(void)
{
	for (unsigned long i = 0;; i++) {
		char *p = malloc(i % 5000 + 1);
		memset(p, 1, i % 5000 + 1);
		free(p);
		if (i % 100000 == 0)
			usleep(2000);
	}
}
C
cc -O1 -o "$work/spin" "$work/spin.c" || { echo "1..0 # SKIP no C compiler"; exit 0; }

# what of us is there: folders in /tmp and guards, of this test's runs only
left_behind() {
	for pid in $killed; do
		for folder in /tmp/perf-ops-"$pid"-*; do
			[ -e "$folder" ] && echo "folder $folder" && return 0
		done
		pgrep -g "$pid" >/dev/null 2>&1 && echo "processes of $pid" && return 0
	done
	return 1
}

gone() {
	for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		left_behind >/dev/null || return 0
		sleep 0.1
	done
	left_behind
	return 1
}

runs_on() {
	state=$(sed 's/.*) //' "/proc/$target/stat" 2>/dev/null | cut -c1)
	case $state in
	R | S | D) ;;
	*) echo "#   state of the target: '$state'"; return 1 ;;
	esac
	before=$(cut -d' ' -f14 "/proc/$target/stat")
	sleep 0.3
	[ "$(cut -d' ' -f14 "/proc/$target/stat")" -gt "$before" ]
}

# kill_after SECONDS ARGS...: in a process group of its own, so that helpers can be told from others
kill_after() {
	delay=$1
	shift
	setsid "$PERF_OPS" "$@" >/dev/null 2>&1 &
	ours=$!
	killed="$killed $ours"
	sleep "$delay"
	kill -9 "$ours" 2>/dev/null
	wait "$ours" 2>/dev/null
}

killed=
"$work/spin" &
target=$!
for delay in 0.01 0.03 0.06 0.1 0.2 0.4 0.8 1.2; do
	kill_after $delay profile -q --all --seconds 1 --pid $target
done
check "the target runs on" runs_on
check "nobody traces it" grep -q '^TracerPid:	0$' "/proc/$target/status"
check "nothing of us is left" gone
kill $target
wait $target 2>/dev/null

killed=
for delay in 0.02 0.05 0.1 0.3 0.7; do
	kill_after $delay profile -q --all -- "$work/spin"
done
for delay in 0.05 0.3; do
	kill_after $delay profile -q --rung ptrace -- "$work/spin"
done
launched=$(pgrep -x -f "$work/spin")
some_stopped() { for pid in $launched; do ps -o stat= -p "$pid"; done | grep -q '^[Tt]'; }
none_stopped() { [ -n "$launched" ] && ! some_stopped; }
check "no launched command is left stopped" none_stopped
# the user's command itself is not ours to end: it goes on as after any killed parent
for pid in $launched; do kill -9 "$pid"; done
check "nothing of us is left after launches" gone
check "a case says it was interrupted" sh -c "'$PERF_OPS' history | grep -q interrupted"
finish
