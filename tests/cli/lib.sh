# Sourced by the CLI tests: a clean environment, a private home, and TAP-like checks.
# Each test file ends with `finish`.
cd "$(dirname "$0")/../.." || exit 1
PERF_OPS=${PERF_OPS:-$PWD/build/perf-ops}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export PERF_OPS_HOME="$work/home" HOME="$work" NO_COLOR=1 LC_ALL=C.UTF-8
unset XDG_DATA_HOME XDG_CACHE_HOME COLUMNS
checks=0
failures=0

# check NAME COMMAND...: the command must succeed
check() {
	name=$1
	shift
	checks=$((checks + 1))
	if "$@"; then
		echo "ok $checks - $name"
	else
		echo "not ok $checks - $name"
		failures=$((failures + 1))
		for f in "$work/out" "$work/err"; do
			[ -s "$f" ] && sed 's/^/#   /' "$f" | head -40
		done
	fi
}

# run CODE ARGS...: runs perf-ops, keeps $work/out and $work/err, true when the exit code is CODE
run() {
	want=$1
	shift
	"$PERF_OPS" "$@" >"$work/out" 2>"$work/err" </dev/null
	got=$?
	[ $got = "$want" ] || { echo "#   exit code $got, wanted $want: perf-ops $*"; return 1; }
}

out_has() { grep -qF -- "$1" "$work/out"; }
err_has() { grep -qF -- "$1" "$work/err"; }
out_lacks() { ! grep -qF -- "$1" "$work/out"; }
err_one_sentence() { [ "$(grep -c '^perf-ops: ' "$work/err")" = 1 ] && [ "$(wc -l <"$work/err")" -le 4 ]; }

finish() {
	echo "1..$checks"
	[ $failures = 0 ]
	exit
}
