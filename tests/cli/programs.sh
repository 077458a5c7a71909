#!/bin/sh
# Builds and profiles the programs with a known bottleneck and prints what was found: the culprit must
# be rank 1 everywhere, a cause must be right or withheld, healthy programs must get none.
#   tests/cli/programs.sh [DIR...]     folders of programs; default tests/programs and its small/
#   SCALE=0.5                          smaller runs
#   ONLY=name                          one program
#   ATTACH=SECONDS                     started alone and profiled by its pid for that long (use a larger SCALE)
# Slow (minutes): not in the fast suite. Needs gcc, g++, rustc, go, python3, node, javac for the programs of
# each language.
here=$(cd "$(dirname "$0")/../.." && pwd)
PERF_OPS=${PERF_OPS:-$here/build/perf-ops}
SCALE=${SCALE:-1}
export SCALE
[ -x "$PERF_OPS" ] || { echo "1..0 # SKIP no $PERF_OPS: build first"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export PERF_OPS_HOME="$work/home" NO_COLOR=1
[ $# -gt 0 ] || set -- "$here/tests/programs" "$here/tests/programs/small"

# measure DIR: launches the program under the profiler, or attaches to it once it runs
measure() {
	cd "$1" || return
	if [ -z "$ATTACH" ]; then
		timeout 120 "$PERF_OPS" profile --json -- ./run.sh >result.json 2>result.err
		return
	fi
	./run.sh >/dev/null 2>&1 &
	pid=$!
	sleep 1
	# the shells in between exec the program or wait for it: the busiest is meant, which has no children
	target=$pid
	while child=$(pgrep -P "$target" | head -1) && [ -n "$child" ]; do target=$child; done
	timeout 60 "$PERF_OPS" profile --json --seconds "$ATTACH" --pid "$target" >result.json 2>result.err
	kill "$target" "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
}

for top in "$@"; do
	for dir in "$top"/*/; do
		name=$(basename "$dir")
		[ -f "$dir/truth.json" ] && [ -f "$dir/run.sh" ] || continue
		[ -z "$ONLY" ] || [ "$ONLY" = "$name" ] || continue
		# programs may be read-only where they are: work on a copy, which also keeps the tree clean
		copy="$work/programs/$name"
		mkdir -p "$copy"
		cp -R "$dir/." "$copy/" && rm -rf "$copy/build"
		language=$(sed -n 's/.*"language": *"\([^"]*\)".*/\1/p' "$copy/truth.json" | head -1)
		case $language in
		C) tool=cc ;; C++) tool=c++ ;; Rust) tool=rustc ;; Go) tool=go ;; Python) tool=python3 ;; Node) tool=node ;;
		Java) tool=javac ;; *) continue ;;
		esac
		command -v $tool >/dev/null || { echo "$name" >>"$work/skipped"; continue; }
		[ ! -f "$copy/build.sh" ] || (cd "$copy" && sh ./build.sh) >"$work/log" 2>&1 || { echo "$name does not build:"; cat "$work/log"; continue; }
		(measure "$copy")
		echo "$copy" >>"$work/list"
	done
done
[ -s "$work/list" ] || { echo "1..0 # SKIP nothing to run"; exit 0; }
[ -s "$work/skipped" ] && echo "# skipped for want of a compiler: $(tr '\n' ' ' <"$work/skipped")"

python3 - "$work/list" <<'PY'
import json, re, sys

def plain(name):
    return re.sub(r"[(*)]", "", name)

def same(found, truth):
    found, truth = plain(found), plain(truth)
    return found == truth or (found.endswith(truth) and found[-len(truth) - 1] in ":.")

tests, failures, right, abstained, programs = 0, 0, 0, 0, 0
for path in open(sys.argv[1]).read().split("\n"):
    if not path:
        continue
    truth = json.load(open(path + "/truth.json"))
    name, cls = truth["name"], truth["class"]
    try:
        found = json.load(open(path + "/result.json"))
    except ValueError:
        found = {"findings": [], "runs": []}
    findings = found["findings"]
    first = findings[0] if findings else None
    samples = sum(r["samples"] for r in found["runs"])
    tests += 1
    note = ""
    if cls == "healthy":
        causes = [f["cause"] for f in findings if f["cause"]]
        ok = samples > 200 and not causes
        note = "invented " + " ".join(causes) if causes else "no cause, as it should be"
    else:
        names = [truth["culprit_function"]] + truth.get("culprit_alternatives", [])
        resource = truth.get("resource", "cpu")
        # first of all, or first among those of its own resource
        if resource != "cpu" and not (first and any(same(first["where"]["function"], n) for n in names)):
            first = next((f for f in findings if f["resource"] == resource), None)
        ok = first is not None and any(same(first["where"]["function"], n) for n in names)
        programs += 1
        if first is None:
            note = "nothing found for %s: " % resource + open(path + "/result.err").read().strip()[-200:]
        elif not first["cause"]:
            abstained += 1
            note = "cause withheld, is %s" % cls
        elif first["cause"] == cls:
            right += 1
            note = cls
        else:
            note = "WRONG CAUSE %s (%s), is %s" % (first["cause"], first["rule"], cls)
            ok = False
    failures += not ok
    place = "%s %.0f %% of %s" % (first["where"]["function"], 100 * first["share"], first["resource"]) if first else "-"
    print("%s %d - %-14s %-5s %5d samples  %-44s %s" % ("ok" if ok else "not ok", tests, name, truth["language"], samples, place, note))
print("# %d programs: cause right %d, withheld %d, wrong %d" % (programs, right, abstained, programs - right - abstained))
if programs and right * 2 < programs:
    print("not ok %d - the majority of causes is recognised" % (tests + 1))
    failures += 1
else:
    print("ok %d - the majority of causes is recognised" % (tests + 1))
print("1..%d" % (tests + 1))
sys.exit(1 if failures else 0)
PY
