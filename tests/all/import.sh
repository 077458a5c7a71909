#!/bin/sh
# The same recording through perf.data, perf script and perf report, and a pprof file through
# perf-ops and go tool pprof: equal functions with equal sample counts.
set -eu
cd "$(dirname "$0")/../.."
bin=$PWD/build/perf-ops
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HOME="$work" PPROF_TMPDIR="$work" PERF_OPS_HOME="$work/home" LC_ALL=C
failed=0

check() { # check WHAT GOT WANTED
	if [ "$2" = "$3" ] && [ -n "$2" ]; then
		echo "ok - $1"
	else
		echo "NOT OK - $1: got"
		echo "$2"
		echo "wanted"
		echo "$3"
		failed=1
	fi
}

# Own weight of every function in a collapsed file, heaviest first; inlined ones count for the
# function they are in, as perf report without --inline has it.
own() { awk -v unit="$2" '{ n = $NF; sub(/ [0-9]+$/, ""); k = split($0, f, ";")
	while (k > 1 && f[k] ~ /_\[i\]$/) k--
	sub(/_\[[kj]\]$/, "", f[k]); own[f[k]] += n }
	END { for (x in own) printf "%d %s\n", own[x] / unit + 0.5, x }' "$1" | sort -k1,1rn -k2 | head -"$3"; }

if command -v perf >/dev/null && perf record -q -e cpu-clock -o "$work/try" true >/dev/null 2>&1; then
	cc -O2 -g -fno-omit-frame-pointer -o "$work/ledger" examples/ledger/*.c
	for mode in fp dwarf,8192; do
		perf record -q -e cpu-clock -F 999 --call-graph $mode -o "$work/perf.data" "$work/ledger" 60000 \
			>/dev/null 2>&1
		"$bin" convert -q --to collapsed "$work/perf.data" "$work/data.folded"
		perf script -F +period,+srcline -i "$work/perf.data" 2>/dev/null >"$work/script.txt"
		"$bin" convert -q --to collapsed "$work/script.txt" "$work/script.folded"
		perf report -i "$work/perf.data" --stdio --no-children --no-inline -g none -F sample,sym 2>/dev/null |
			sed -nE 's/^ +([0-9]+) +\[[.kuH]\] +(.*[^ ]) *$/\1 \2/p' | sort -k1,1rn -k2 | head -3 >"$work/report"
		check "$mode: perf.data has what perf report has" "$(own "$work/data.folded" 1001001 3)" "$(cat "$work/report")"
		check "$mode: perf script has what perf.data has" "$(own "$work/script.folded" 1001001 3)" \
			"$(own "$work/data.folded" 1001001 3)"
		check "$mode: nothing is lost" "$(awk '{ n += $NF } END { print n }' "$work/data.folded")" \
			"$(awk '{ n += $NF } END { print n }' "$work/script.folded")"
	done
	check "dwarf: stacks reach the start" \
		"$(awk '/^_start;/ { n += $NF } { all += $NF } END { print (n > 0.9 * all) }' "$work/data.folded")" 1
	"$bin" profile --json -q --project examples/ledger --import "$work/perf.data" >"$work/out.json"
	check "the culprit of an imported recording" \
		"$(jq -r '.findings[0] | .where.function + " " + .cause' "$work/out.json")" \
		"account_by_code linear-search-in-loop"
	perf record -q -z -e cpu-clock -F 999 -g -o - "$work/ledger" 60000 2>/dev/null >"$work/pipe" || true
	check "a compressed pipe" "$("$bin" convert -q --to collapsed - - <"$work/pipe" | own /dev/stdin 1001001 1 |
		sed 's/^[0-9]* //')" "$(own "$work/data.folded" 1001001 1 | sed 's/^[0-9]* //')"
else
	echo "skip - perf cannot record here"
fi

go=$(command -v go || echo /usr/local/go/bin/go)
if [ -x "$go" ]; then
	for file in go-cpu.pb.gz go-heap.pb; do
		"$go" tool pprof -top -nodecount=5 -nodefraction=0 -edgefraction=0 -unit=1 \
			"tests/fuzz/corpus/pprof/$file" 2>/dev/null |
			awk '/flat%/ { on = 1; next } on { sub(/(ns|B|ms|s)$/, "", $1); n = $1; $1=$2=$3=$4=$5=""
				sub(/^ +/, ""); sub(/ \(inline\)$/, ""); print $0 }' | sort >"$work/theirs"
		"$bin" convert -q --to collapsed "tests/fuzz/corpus/pprof/$file" "$work/ours.folded"
		awk '{ n = $NF; sub(/ [0-9]+$/, ""); k = split($0, f, ";"); sub(/_\[[kji]\]$/, "", f[k]); own[f[k]] += n }
			END { for (x in own) printf "%d %s\n", own[x], x }' "$work/ours.folded" | sort -rn | head -1 |
			sed 's/^[0-9]* //' >"$work/first"
		check "$file: the heaviest function is among pprof's five" \
			"$(grep -cxF -f "$work/first" "$work/theirs")" 1
	done
fi
exit $failed
