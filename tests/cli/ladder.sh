#!/bin/sh
# The ladder's lower rungs, and the named answer to each way of measuring nothing.
. "$(dirname "$0")/lib.sh"

deny="$PWD/build/tests/helpers/seccomp-deny"
rung() { jq -r '.runs[0].quality.rung' "$work/out"; }
rung_is() { [ "$(rung)" = "$1" ] || { echo "#   rung: $(rung)"; return 1; }; }
caveat() { jq -e --arg id "$1" '[.caveats[], .runs[].quality.caveats[]?] | any(.id == $id)' "$work/out" >/dev/null; }
hot() { jq -e --arg f "$1" '.findings[0].where.function | contains($f)' "$work/out" >/dev/null; }

cat >"$work/burn.c" <<'C'
#include <time.h>
__attribute__((noinline)) double burn(double s)
{
	struct timespec a, b;
	double x = 0;
	clock_gettime(CLOCK_MONOTONIC, &a);
	do {
		for (int i = 1; i < 100000; i++)
			x += 1.0 / i;
		clock_gettime(CLOCK_MONOTONIC, &b);
	} while (b.tv_sec - a.tv_sec + (b.tv_nsec - a.tv_nsec) / 1e9 < s);
	return x;
}
int main(int n, char **v)
{
	return burn(n > 1 ? v[1][0] - '0' : 1) == 0.5;
}
C
cc -O1 -g -o "$work/burn" "$work/burn.c"

# refused by a container's filter
under() { "$deny" "$@" -- "$PERF_OPS" profile --json -q -- "$work/burn" 1 >"$work/out" 2>"$work/err"; }
check "events refused: ptrace of our child" under perf_event_open=EPERM
check "is the rung" rung_is "ptrace stops"
check "the function is named" hot burn
check "ptrace refused as well: /proc" under perf_event_open=EPERM ptrace=EPERM
check "is the rung" rung_is "proc polling"
check "says that there are no stacks" caveat no-stacks
check "and gives the CPU time" jq -e '.runs[0].quality.target_cpu_s > 0.3 or .runs[0].samples > 20' "$work/out"

"$work/burn" 6 &
burner=$!
attached() { "$deny" perf_event_open=ENOSYS -- "$PERF_OPS" profile --json -q --pid $burner --seconds 1 >"$work/out" 2>"$work/err"; }
check "a running process without events" attached
check "is looked at through /proc" rung_is "proc polling"
check "twice at the same time" sh -c '
	"$1" profile -q --json --pid "$2" --seconds 1 >"$3/first" 2>/dev/null &
	"$1" profile -q --json --pid "$2" --seconds 1 >"$3/second" 2>/dev/null || exit 1
	wait $! || exit 1
	for f in first second; do jq -e ".findings[0].where.function == \"burn\"" "$3/$f" || exit 1; done' \
	- "$PERF_OPS" "$burner" "$work"
kill $burner

check "user code only" run 0 profile -q --json --rung user -- "$work/burn" 1
check "says so in the rung" rung_is "cpu-clock, user only"

# nothing to measure has a name
check "ended at once" run 4 profile -q --cpu -- true
check "said" err_has "no samples"
check "failed" run 4 profile -q --cpu -- false
check "said with its exit code" err_has "exit code 1"
sleep 30 &
idle=$!
check "an idle process" run 4 profile -q --cpu --pid $idle --seconds 1
check "said" err_has "idle"
kill $idle

# without symbols
strip -o "$work/bare" "$work/burn"
check "a stripped program" run 0 profile -q --json -- "$work/bare" 1
check "is told that names are missing" sh -c 'jq -r ".caveats[].text, .runs[].quality.caveats[]?.text, .findings[].where.function" "$1" | grep -q "bare+0x\|symbols"' - "$work/out"

# code that was generated while the program ran, without a map of its names
cat >"$work/jit.c" <<'C'
#include <string.h>
#include <sys/mman.h>
int main(void)
{
	/* mov ecx, edi; dec ecx; jnz -4; ret */
	static const unsigned char code[] = { 0x89, 0xf9, 0xff, 0xc9, 0x75, 0xfc, 0xc3 };
	void *p = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	void (*f)(int);
	if (p == MAP_FAILED)
		return 1;
	memcpy(p, code, sizeof(code));
	if (mprotect(p, 4096, PROT_READ | PROT_EXEC))
		return 1;
	memcpy(&f, &p, sizeof(f));
	for (int i = 0; i < 20; i++)
		f(100000000);
	return 0;
}
C
if [ "$(uname -m)" = x86_64 ]; then
	cc -O1 -o "$work/jit" "$work/jit.c"
	check "generated code without names" run 0 profile -q --json --cpu -- "$work/jit"
	check "is called that" caveat generated-code
fi

# a control group as target: all its processes
check "no such group" run 4 profile -q --cgroup /no/such/group
check "said" err_has "no control group"
group=
for base in /sys/fs/cgroup/unified /sys/fs/cgroup /sys/fs/cgroup/cpu; do
	[ -z "$group" ] && mkdir "$base/perf-ops-test-$$" 2>/dev/null && group=$base/perf-ops-test-$$
done
if [ -n "$group" ]; then
	cp "$work/burn" "$work/burn2"
	sh -c 'echo $$ >"$1/cgroup.procs" && exec "$2/burn" 5' - "$group" "$work" &
	one=$!
	sh -c 'echo $$ >"$1/cgroup.procs" && exec "$2/burn2" 5' - "$group" "$work" &
	two=$!
	sleep 0.3
	check "a control group" run 0 profile -q --json --cgroup "$group" --seconds 1
	check "both its processes are seen" jq -e '.runs[0].quality.processes == 2' "$work/out"
	check "by its name as well" run 0 profile -q --json --cgroup "/perf-ops-test-$$" --seconds 1
	kill $one $two
	wait $one $two 2>/dev/null
	sleep 0.1
	check "an empty group" run 4 profile -q --cgroup "$group"
	rmdir "$group"
fi

if [ "$(id -u)" = 0 ] && unshare -m -p -f true 2>/dev/null; then
	# a program in mount and pid namespaces of its own, with a folder that we do not see
	mkdir "$work/inside"
	unshare -m -p -f sh -c 'mount -t tmpfs none "$1/inside" && cp "$1/burn" "$1/inside/hidden" && exec "$1/inside/hidden" 6' - "$work" &
	outer=$!
	inner=
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		inner=$(ps --ppid $outer -o pid= | tr -d ' ')
		[ -n "$inner" ] && grep -q hidden "/proc/$inner/cmdline" && break
		sleep 0.1
	done
	check "the file is not visible here" test ! -e "$work/inside/hidden"
	check "a process of other namespaces" run 0 profile -q --json --pid "$inner" --seconds 1
	check "its function is named" hot burn
	kill "$inner" 2>/dev/null
	wait $outer 2>/dev/null
fi
finish
