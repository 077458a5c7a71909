#!/bin/sh
# doctor tells what is refused, by whom, and what would help: as root, as nobody, under seccomp.
. "$(dirname "$0")/lib.sh"

fits() { "$PWD/build/tests/helpers/json-validate" "docs/formats/doctor.schema.json" "$work/out" 2>"$work/err"; }
deny="$PWD/build/tests/helpers/seccomp-deny"
# state ID: of a rung or permission in $work/out
state() { jq -r --arg id "$1" '[.rungs[], .permissions[]] | map(select(.id == $id)) | .[0].state' "$work/out"; }
is() { [ "$(state "$1")" = "$2" ] || { echo "#   $1 is $(state "$1"), wanted $2"; return 1; }; }
filled() { jq -e --arg id "$1" --arg key "$2" '.permissions[] | select(.id == $id)[$key] != ""' "$work/out" >/dev/null; }
none_left() { ! grep -q '{program}\|{user}\|{pid}' "$work/out"; }

check "doctor" run 0 doctor
check "shows the ladder" out_has "Ladder"
check "doctor as JSON" run 0 doctor --json
check "fits its schema" fits
check "reading /proc always works" is proc works
check "every missing permission has a way to get it" jq -e \
	'all(.permissions[] | select(.state == "refused"); .temporary != "" or .permanent != "" or .container != "")' "$work/out"
check "placeholders are filled in" none_left
check "granted ones are explained on request" run 0 doctor --all
check "with what they give" out_has "gives"

sleep 60 &
other=$!
check "a process" run 0 doctor --json --pid $other
check "is named" jq -e ".pid == $other and .attached != \"\"" "$work/out"
check "fits its schema" fits
kill $other
check "no such process" run 4 doctor --pid 2147483000
check "one sentence" err_one_sentence

# a container that refuses everything: what is tried counts, not the settings
sealed() {
	"$deny" perf_event_open=EPERM ptrace=EPERM process_vm_readv=ENOSYS -- \
		"$PERF_OPS" doctor --json >"$work/out" 2>"$work/err"
}
check "under seccomp" sealed
check "the events are refused" is perf-events refused
check "stops are refused" is ptrace refused
check "launched commands are looked at through /proc" jq -e '.launched == "proc polling" and .seccomp' "$work/out"
check "the filter is named" grep -q "seccomp filter refuses it" "$work/out"
no_sysctl() { ! filled perf-events temporary && filled perf-events container; }
check "but the container's option" no_sysctl

if [ "$(id -u)" = 0 ]; then
	chmod 755 "$work"
	cp "$PERF_OPS" "$work/perf-ops"
	chmod 755 "$work/perf-ops"
	as_nobody() {
		setpriv --reuid=65534 --regid=65534 --clear-groups "$work/perf-ops" doctor --json "$@" \
			>"$work/out" 2>"$work/err"
	}
	check "as nobody" as_nobody
	check "is not root" jq -e '.root == false' "$work/out"
	check "fits its schema" fits
	check "other users are refused" is other-users refused
	check "a command for it" filled other-users temporary
	if [ "$(cat /proc/sys/kernel/perf_event_paranoid)" -ge 2 ]; then
		check "kernel samples are refused" is kernel-samples refused
		check "tracepoints are refused" is tracepoints refused
	fi
	sleep 60 &
	other=$!
	as_nobody_on() { as_nobody --pid $other; }
	check "nobody at a process of root" as_nobody_on
	check "cannot sample it" jq -e '.attached == "proc polling"' "$work/out"
	check "cannot read it" is memory-reading refused
	check "says whose it is" grep -q "belongs to uid 0" "$work/out"
	kill $other
fi
finish
