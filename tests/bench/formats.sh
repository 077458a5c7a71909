#!/bin/sh
# Reading large files of other tools: CPU time and peak memory beside the tools' own.
# tests/bench/formats.sh [MEGABYTES]; needs perf, go, GNU time. Figures, not verdicts: nothing fails.
cd "$(dirname "$0")/../.." || exit 1
mb=${1:-1000}
bin=${PERF_OPS:-$PWD/build/perf-ops}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HOME="$work" PPROF_TMPDIR="$work" PERF_OPS_HOME="$work/home"

# cost COMMAND...: "user+system-seconds peak-MB", its output in $work/out
cost() { /usr/bin/time -o "$work/time" -f '%U %S %M' "$@" >"$work/out" 2>/dev/null
	tail -1 "$work/time" | awk '{ printf "%.2f %.0f\n", $1 + $2, $3 / 1024 }'; }
show() { # show WHAT OURS THEIRS-NAME THEIRS
	echo "$1: perf-ops $2 | $3 $4" | awk '{ print $0 }' | sed -E 's/ ([0-9.]+) ([0-9]+)( |$)/ \1 s CPU, \2 MB\3/g'
	echo "$2 $4" | awk '{ printf "    %.1fx less CPU time, %.1fx less memory\n", $3 / $1, $4 / ($2 ? $2 : 1) }'
}

cc -O2 -g -fno-omit-frame-pointer -o "$work/ledger" examples/ledger/*.c || exit 1
perf record -q -F 4000 -g -o "$work/small.data" "$work/ledger" 200000 >/dev/null 2>&1
build/tests/bench/grow-perf-data "$work/small.data" "$work/big.data" "$mb"
ours=$(cost "$bin" convert -q --to collapsed "$work/big.data" "$work/big.folded")
show "perf.data, $mb MB" "$ours" "perf report --stdio --no-children -g none" \
	"$(cost perf report -i "$work/big.data" --stdio --no-children -g none)"
show "perf.data, $mb MB" "$ours" "perf report --stdio" "$(cost perf report -i "$work/big.data" --stdio)"
rm -f "$work/big.data"

half=$((mb / 2))
"$bin" convert -q "$work/small.data" "$work/small.folded"
# every copy below a root of its own, so that no two stacks are the same
awk -v want=$((half * 1048576)) '{ line[NR] = $0 } END { for (i = 0; n < want; i++) for (k = 1; k <= NR; k++) {
	s = "start;shard_" i ";worker_loop;handle_request(int, char const*);" line[k]; n += length(s) + 1; print s } }' \
	"$work/small.folded" >"$work/big.folded"
echo "collapsed, $half MB, $(wc -l <"$work/big.folded") stacks: perf-ops $(cost "$bin" convert -q --to speedscope \
	"$work/big.folded" /dev/null) (CPU s, MB; with writing)"
head -c $((half * 524288)) "$work/big.folded" | sed '$d' >"$work/part.folded"
"$bin" convert -q "$work/part.folded" "$work/big.pb.gz" && gunzip -c "$work/big.pb.gz" >"$work/big.pb"
go=$(command -v go || echo /usr/local/go/bin/go)
[ -x "$go" ] && show "pprof, $(($(stat -c %s "$work/big.pb") >> 20)) MB" \
	"$(cost "$bin" convert -q --to collapsed "$work/big.pb" /dev/null)" "go tool pprof -top" \
	"$(cost "$go" tool pprof -top "$work/big.pb")"
