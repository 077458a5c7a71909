#!/bin/sh
# convert and profile --import: files of other tools in, files for other tools out.
. "$(dirname "$0")/lib.sh"
corpus=tests/fuzz/corpus

check "pprof to collapsed" run 0 convert $corpus/pprof/go-cpu.pb.gz "$work/cpu.folded"
check "says what it did" err_has "67 samples"
total() { awk '{ n += $NF } END { print n }' "$1"; }
check "nothing is lost" test "$(total "$work/cpu.folded")" = 670000000
check "zstd, from standard input" sh -c '"$1" convert -q --to collapsed - - <"$2" | cmp - "$3"' - \
	"$PERF_OPS" $corpus/pprof/go-cpu.pb.zst "$work/cpu.folded"
check "and back to pprof" run 0 convert --json "$work/cpu.folded" "$work/back.pb.gz"
check "as JSON" jq -e '.schema == "perf-ops/convert/1" and .from == "collapsed" and .to == "pprof"
	and .values[0].total == 670000000 and (.caveats | length > 0)' "$work/out"
check "the JSON fits its schema" build/tests/helpers/json-validate docs/formats/convert.schema.json "$work/out"
check "which reads the same" run 0 convert "$work/back.pb.gz" "$work/again.folded"
check "line by line" cmp "$work/cpu.folded" "$work/again.folded"
check "a page" run 0 convert $corpus/pprof/go-cpu.pb.gz "$work/cpu.html"
check "is a page" grep -q "<html" "$work/cpu.html"
check "speedscope" run 0 convert $corpus/pprof/go-heap.pb "$work/heap.speedscope.json"
check "has all values" jq -e '[.profiles[].name] | length >= 4' "$work/heap.speedscope.json"
check "--type" run 0 convert --type alloc_space $corpus/pprof/go-heap.pb "$work/alloc.folded"
check "default type" run 0 convert $corpus/pprof/go-heap.pb "$work/inuse.folded"
check "they differ" sh -c '! cmp -s "$1" "$2"' - "$work/alloc.folded" "$work/inuse.folded"
check "unknown type" run 2 convert --type nothing $corpus/pprof/go-heap.pb "$work/x.folded"
check "names those there are" err_has "alloc_space"
check "nothing was written" test ! -e "$work/x.folded"

check "unknown ending" run 2 convert $corpus/pprof/go-heap.pb "$work/x.unknown"
check "says how" err_has "--to"
check "unknown format" run 2 convert --from nonsense $corpus/pprof/go-heap.pb "$work/x.html"
check "lists the formats" err_has "pprof"
: >"$work/empty"
check "an empty file" run 4 convert "$work/empty" "$work/x.html"
check "says so" err_has "is empty"
head -c 3000 /dev/zero >"$work/zeros"
run 4 convert "$work/zeros" "$work/x.html" || run 2 convert "$work/zeros" "$work/x.html"
check "no profile" err_has "is no profile"
check "one sentence" err_one_sentence
check "no such file" run 4 convert "$work/missing" "$work/x.html"
head -c 3000 $corpus/pprof/go-cpu.pb.gz >"$work/cut.pb.gz"
"$PERF_OPS" convert "$work/cut.pb.gz" "$work/cut.folded" 2>"$work/err"
check "a cut file: what was readable, or why not" grep -qE "cut off|ends too early" "$work/err"

printf 'main;a 5\nmain;b 3\n' >"$work/a.folded"
printf 'main;a 6\nmain;a;c 2\n' >"$work/b.folded"
check "the difference of two" run 0 convert --base "$work/a.folded" "$work/b.folded" "$work/x.diff.folded"
check "before and after, stack by stack" [ "$(cat "$work/x.diff.folded")" = "main;a 5 6
main;a;c 0 2
main;b 3 0" ]
check "a difference needs two" run 2 convert --to folded-diff "$work/b.folded" -
check "one sentence says how" err_has "--base FILE"
check "other formats hold no difference" run 2 convert --base "$work/a.folded" "$work/b.folded" "$work/x.pb.gz"
for format in firefox otlp speedscope; do
	check "write $format" run 0 convert --to $format tests/golden/formats/callgrind.out "$work/x.$format"
done
check "read back what was written" run 0 convert --to collapsed "$work/x.firefox" -
check "nothing is lost on the way" [ "$(awk '{ n += $NF } END { print n }' "$work/out")" = 1060 ]
printf 'memray\0\1\2' >"$work/memray.bin"
check "a memray capture" run 4 convert "$work/memray.bin" "$work/x.folded"
check "names memray's own command" err_has "memray.speedscope.json"

check "explain an imported file" run 0 profile --json --import $corpus/pprof/go-cpu.pb.gz
check "tool and caveat" jq -e '.runs[0].tool == "pprof" and .runs[0].samples == 67
	and any(.caveats[]; .id == "imported")' "$work/out"
check "the JSON fits the profile's schema" build/tests/helpers/json-validate docs/formats/profile.schema.json "$work/out"
check "as text" run 0 profile --import $corpus/collapsed/py
check "is kept" run 0 report
# how the target was treated is nothing a file knows, whichever tool wrote it
"$PERF_OPS" convert $corpus/pprof/go-cpu.pb.gz "$work/x.speedscope.json" >/dev/null 2>&1
check "a speedscope file" run 0 profile --import "$work/x.speedscope.json"
check "claims no gentle treatment" out_lacks "never stopped"
check "and as JSON" run 0 profile --json --import "$work/x.speedscope.json"
check "says that it is not known" jq -e '.runs[0].quality.stopped_target == null' "$work/out"
check "not together with a command" run 2 profile --import $corpus/collapsed/py -- true
finish
