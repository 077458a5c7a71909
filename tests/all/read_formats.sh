#!/bin/sh
# Files that real profilers write now, read by perf-ops: totals and hottest functions must be those
# that the tools' own reports name. And what perf-ops writes, read by the official code.
set -eu
cd "$(dirname "$0")/../.."
.ci/install formats
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
failed=0
perf_ops=$PWD/build/perf-ops

check() { # check WHAT GOT WANTED
	if [ "$2" = "$3" ] && [ -n "$2" ]; then
		echo "ok - $1"
	else
		echo "NOT OK - $1: got '$2', wanted '$3'"
		failed=1
	fi
}

folded() { # folded FILE [TYPE]: FILE as collapsed stacks
	"$perf_ops" convert --quiet ${2:+--type "$2"} --to collapsed "$1" "$out/folded" 2>"$out/err" || { cat "$out/err"; failed=1; }
	cat "$out/folded"
}
total() { awk '{ n += $NF } END { printf "%d", n }'; }
# function with the most weight of its own
hottest() { awk '{ w = $NF; sub(/ [0-9]+$/, ""); k = split($0, f, ";"); own[f[k]] += w }
	END { for (x in own) if (own[x] > best) { best = own[x]; name = x } print name }'; }

venv=$PWD/build/cache/formats-venv
if [ ! -x "$venv/bin/scalene" ]; then
	python3 -m venv "$venv"
	"$venv/bin/pip" install -q pyinstrument==5.1.3 py-spy==0.4.3 scalene==2.4.0 opentelemetry-proto==1.45.2 2>"$out/pip.err" || {
		cat "$out/pip.err"
		exit 1
	}
fi

# ---- native programs -----------------------------------------------------------------------------
cat >"$out/prog.c" <<'C'
#include <stdlib.h>
#include <string.h>
static volatile long sink;
__attribute__((noinline)) static void spin(long n) { for (long i = 0; i < n; i++) sink += i * i % 7; }
__attribute__((noinline)) static char *grab(size_t n) { char *p = malloc(n); memset(p, 1, n); return p; }
__attribute__((noinline)) static void leak(int n) { while (n--) sink += grab(1000)[3]; }
__attribute__((noinline)) static void churn(int n) { while (n--) { char *p = grab(300); sink += p[5]; free(p); } }
int main(void) { spin(400000); leak(200); churn(1000); char *p = grab(200000); sink += p[1]; free(p); return 0; }
C
cc -g -O1 -o "$out/prog" "$out/prog.c"
cd "$out"
valgrind -q --tool=callgrind --callgrind-out-file=cg.out ./prog
valgrind -q --tool=massif --massif-out-file=massif.out ./prog
valgrind -q --tool=dhat --dhat-out-file=dhat.json ./prog 2>/dev/null
heaptrack -o ht ./prog >/dev/null 2>&1
heap=$(ls ht.*)
check "callgrind: total of instructions" "$(folded cg.out | total)" "$(sed -n 's/^summary: //p; s/^totals: //p' cg.out | head -1)"
check "callgrind: hottest function" "$(folded cg.out | hottest)" "$(callgrind_annotate cg.out | sed -n 's/^ *[0-9,]* ([0-9. ]*%)  [^:]*:\([^ ]*\) .*/\1/p' | head -1)"
check "massif: heap at the peak" "$(folded massif.out | total)" "$(awk -F= '/^mem_heap_B/ && $2 > n { n = $2 } END { print n }' massif.out)"
check "dhat: bytes allocated" "$(folded dhat.json alloc_space | total)" \
	"$(python3 -c 'import json; print(sum(p["tb"] for p in json.load(open("dhat.json"))["pps"]))')"
check "dhat: held at the end" "$(folded dhat.json inuse_space | total)" \
	"$(python3 -c 'import json; print(sum(p["eb"] for p in json.load(open("dhat.json"))["pps"]))')"
check "dhat: what leaks" "$(folded dhat.json inuse_space | grep -c 'main;leak;grab;malloc 200000$')" 1
heaptrack_print "$heap" >ht.txt 2>/dev/null
check "heaptrack: calls to allocation functions" "$(folded "$heap" alloc_objects | total)" \
	"$(sed -n 's/^calls to allocation functions: \([0-9]*\).*/\1/p' ht.txt)"
check "heaptrack: what leaks" "$(folded "$heap" inuse_space | grep -c ';main;leak;grab 200000$')" 1

# ---- Python --------------------------------------------------------------------------------------
cat >work.py <<'P'
import time
def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)
def light(): return sum(range(1000))
def main():
    end = time.monotonic() + 1.5
    while time.monotonic() < end:
        fib(18)
        light()
main()
P
python3 -m cProfile -o p.pstats work.py
"$venv/bin/pyinstrument" -r json -o pyi.json work.py >/dev/null
"$venv/bin/py-spy" record -f speedscope -r 100 -o spy.json -- python3 work.py >/dev/null 2>&1 || true
"$venv/bin/python" -m scalene run --cpu-only -o sc.json work.py >/dev/null 2>&1
python3 - <<'P' >pstats.txt
import pstats
s = pstats.Stats("p.pstats")
print(round(s.total_tt * 1000), max(s.stats.items(), key=lambda i: i[1][2])[0][2])
P
check "cProfile: total in ms and hottest function" "$(folded p.pstats | awk '{ n += $NF } END { printf "%.0f", n / 1e6 }') $(folded p.pstats | hottest)" "$(cat pstats.txt)"
check "pyinstrument: total in ms" "$(folded pyi.json | awk '{ n += $NF } END { printf "%.0f", n / 1e6 }')" \
	"$(python3 -c 'import json; print(round(json.load(open("pyi.json"))["root_frame"]["time"] * 1000))')"
check "pyinstrument: hottest function" "$(folded pyi.json | hottest)" fib
if [ -s spy.json ]; then
	check "py-spy: seconds" "$(folded spy.json | awk '{ n += $NF } END { printf "%.2f", n / 1e9 }')" \
		"$(python3 -c 'import json
print("%.2f" % sum(w for p in json.load(open("spy.json"))["profiles"] for s, w in zip(p["samples"], p["weights"]) if s))')"
	check "py-spy: hottest function" "$(folded spy.json | hottest)" fib
else
	check "py-spy wrote a file" no yes
fi
check "scalene: hottest function" "$(folded sc.json cpu | hottest)" fib

# ---- what perf-ops writes ------------------------------------------------------------------------
cd - >/dev/null
cat >"$out/otlp.py" <<'P'
"""An OTLP file as collapsed stacks of its first profile, read by the official classes."""
import sys
from opentelemetry.proto.profiles.v1development import profiles_pb2
data = profiles_pb2.ProfilesData.FromString(open(sys.argv[1], "rb").read())
d = data.dictionary
for table in (d.mapping_table, d.location_table, d.function_table, d.link_table, d.attribute_table, d.stack_table):
    assert table[0].ByteSize() == 0, "entry 0 is not the zero value"
assert d.string_table[0] == ""
assert not data.ByteSize() - len(data.SerializeToString())
profile = data.resource_profiles[0].scope_profiles[0].profiles[0]
sums = {}
for s in profile.samples:
    assert len(s.attribute_indices) == 3 and max(s.attribute_indices) < len(d.attribute_table)
    stack = [d.string_table[d.function_table[line.function_index].name_strindex]
             for l in d.stack_table[s.stack_index].location_indices for line in d.location_table[l].lines]
    key = ";".join(reversed(stack))
    sums[key] = sums.get(key, 0) + s.values[0]
for key in sorted(sums):
    print(key, sums[key])
P
for file in "$out/cg.out" "$out/dhat.json" "$out/p.pstats" tests/golden/formats/chrome-trace.json; do
	name=$(basename "$file")
	type=$("$perf_ops" convert --to otlp "$file" "$out/x.otlp" >/dev/null 2>&1 && echo ok || echo failed)
	"$venv/bin/python" "$out/otlp.py" "$out/x.otlp" >"$out/otlp.txt" || type=unreadable
	check "OTLP of $name is read by the official classes" "$type $(sum=$(total <"$out/otlp.txt"); echo "$sum")" "ok $(folded "$file" | total)"
done
"$perf_ops" convert --base "$out/cg.out" --to folded-diff "$out/cg.out" "$out/x.diff" 2>/dev/null
check "folded difference of a file with itself" "$(awk '$NF == $(NF - 1) { n += $NF } END { print n }' "$out/x.diff")" "$(folded "$out/cg.out" | total)"
exit $failed
