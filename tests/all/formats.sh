#!/bin/sh
# Files for other tools, opened by those tools: go tool pprof and speedscope.
set -eu
cd "$(dirname "$0")/../.."
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
failed=0

check() { # check WHAT GOT WANTED
	if [ "$2" = "$3" ]; then
		echo "ok - $1"
	else
		echo "NOT OK - $1: got '$2', wanted '$3'"
		failed=1
	fi
}

for name in ledger cpp threads; do
	mkdir "$out/$name"
	build/tests/helpers/render-all tests/golden/render/$name.stacks "$out/$name"
done

go=$(command -v go || echo /usr/local/go/bin/go)
if [ -x "$go" ]; then
	export HOME="$out" PPROF_TMPDIR="$out"
	for name in ledger cpp threads; do
		dir=$out/$name
		"$go" tool pprof -raw "$dir/cpu.pb.gz" >"$dir/raw" 2>"$dir/raw.err" || cat "$dir/raw.err"
		"$go" tool pprof -sample_index=samples -nodecount=1000 -nodefraction=0 -edgefraction=0 -top \
			"$dir/cpu.pb.gz" >"$dir/top" 2>/dev/null
		# every function's own samples, as pprof counts them and as the collapsed file has them
		awk '$1 ~ /^[0-9]+$/ && $2 ~ /%$/ && $1 > 0 { n = $1; $1=$2=$3=$4=$5=""; sub(/^ +/, ""); sub(/ \(inline\)$/, "")
			print n " " $0 }' "$dir/top" | sort >"$dir/own.pprof"
		awk '{ n = $NF; sub(/ [0-9]+$/, ""); k = split($0, f, ";"); leaf = f[k]; sub(/_\[[kji]\]$/, "", leaf)
			own[leaf] += n } END { for (x in own) print own[x] " " x }' "$dir/stacks.collapsed" | sort >"$dir/own.collapsed"
		# pprof shortens C++ names itself: compare the numbers there
		if [ $name = cpp ]; then
			for f in own.pprof own.collapsed; do
				awk '{ print $1 }' "$dir/$f" | sort -rn | head -5 >"$dir/$f.n"
			done
			check "pprof: five heaviest functions of $name" "$(cat "$dir/own.pprof.n" | tr '\n' ' ')" \
				"$(cat "$dir/own.collapsed.n" | tr '\n' ' ')"
		else
			check "pprof: own samples of every function of $name" "$(cat "$dir/own.pprof")" "$(cat "$dir/own.collapsed")"
		fi
		check "pprof: period of $name" "$(sed -n 's/^Period: //p' "$dir/raw")" 2004008
	done
	check "pprof: inlined calls are lines of one location" \
		"$(grep -c 'M=1 account_by_code .*ledger.c:30' "$out/ledger/raw")" 1
	check "pprof: the program is the first mapping" \
		"$("$go" tool pprof -top "$out/threads/cpu.pb.gz" 2>/dev/null | sed -n 's/^File: //p')" imgtiles
	check "pprof: default is time" "$(grep -c 'cpu/nanoseconds\[dflt\]' "$out/ledger/raw")" 1
	check "pprof: threads are labels" "$(grep -c 'thread:\[imgtiles\]' "$out/threads/raw" | awk '{ print ($1 > 5) }')" 1
	check "pprof: caveats are comments" "$(grep -c '^Comment: .*perf_event_paranoid' "$out/ledger/raw")" 1
else
	check "go is here: apt-get install golang-go" no yes
fi

. tests/browser/prepare.sh
for name in ledger threads; do
	node tests/browser/speedscope.mjs "$out/$name" || failed=1
done
exit $failed
