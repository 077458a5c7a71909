#!/bin/bash
# Go programs: their own debug pages found and read, and stripped binaries of this machine's Go.
set -eu
cd "$(dirname "$0")/../.."
perf_ops=$PWD/build/perf-ops
out=$(mktemp -d)
pid=
trap 'if [ -n "$pid" ]; then kill $pid 2>/dev/null || true; fi; rm -rf "$out"' EXIT
export PERF_OPS_HOME="$out/home"
failed=0

check() { # check WHAT COMMAND...
	what=$1
	shift
	if "$@"; then
		echo "ok - $what"
	else
		echo "NOT OK - $what"
		failed=1
	fi
}

go=$(command -v go || echo /usr/lib/go/bin/go)
export GOCACHE="$PWD/build/cache/go" GOFLAGS=-mod=mod GO111MODULE=off HOME="$out"
has() { jq -e "$1" "$out/json" >/dev/null; }
for kind in plain bare; do
	flags=
	[ $kind = plain ] || flags="-s -w"
	"$go" build -ldflags="$flags" -o "$out/$kind" tests/all/go/pages.go
	"$out/$kind" >"$out/port" &
	pid=$!
	for _ in $(seq 50); do [ -s "$out/port" ] && break; sleep 0.1; done
	"$perf_ops" profile -q --json --env development --pid $pid --seconds 4 >"$out/json"
	check "$kind: pages are found" has '[.runs[].tool] | any(. == "go pprof")'
	check "$kind: goroutines that wait for ever are named" has \
		'[.caveats[].text, .runs[].quality.caveats[]?.text] | any(test("goroutines more .* receiving from a channel in main.waitForever"))'
	# the same from outside alone, where nothing may run inside the program
	"$perf_ops" profile -q --json --env production --pid $pid --seconds 1 >"$out/json" || true
	check "$kind: production is only read" has '[.runs[]?.tool] | any(. == "go pprof") | not'
	kill $pid
	wait $pid 2>/dev/null || true
	pid=
done
exit $failed
