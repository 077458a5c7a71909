#!/bin/sh
# JavaScript frames and the inspector door against real Node: launched, attached, every refusal, kill -9.
# Skips when there is no node. NODES="path ..." adds other versions.
set -u
cd "$(dirname "$0")/../.." || exit 1
perf_ops=${PERF_OPS:-$PWD/build/perf-ops}
command -v node >/dev/null || { echo "1..0 # SKIP no node"; exit 0; }
work=$(mktemp -d)
pids=
trap 'for p in $pids; do kill "$p" 2>/dev/null; done; rm -rf "$work"' EXIT
export PERF_OPS_HOME="$work/home" NO_COLOR=1
failed=0

check() { # check WHAT GOT WANTED
	if [ "$2" = "$3" ]; then
		echo "ok - $1"
	else
		echo "not ok - $1: got '$2', wanted '$3'"
		failed=1
	fi
}
open_ports() { # of the default inspector port, on loopback
	grep -c ' 0100007F:240D 00000000:0000 0A ' /proc/net/tcp || true
}
start() { # start VARIABLE ARGS...: a Node in the background, once it runs its script
	name=$1
	shift
	node "$@" >"$work/$name.out" 2>"$work/$name.err" &
	eval "$name=$!"
	pids="$pids $!"
	tries=0
	until grep -qs ready "$work/$name.out" || [ $tries = 100 ]; do
		sleep 0.1
		tries=$((tries + 1))
	done
}
first() { # the function of rank 1
	node -e 'try { console.log(JSON.parse(fs.readFileSync(process.argv[1])).findings[0].where.function) } catch (e) { console.log(e.message) }' "$1"
}
heap() { # heap PID FILE [SECONDS]
	timeout 60 "$perf_ops" profile --pid "$1" --memory --env development --seconds "${3:-2}" >"$2" 2>&1
}
says() { grep -c "$2" "$1" || true; }

cat >"$work/hot.js" <<'JS'
'use strict'
class Meter { spin (n) { let s = 0; for (let i = 0; i < n; i++) s += Math.sqrt(i ^ 5); return s } }
function sorter (list) { return list.slice().sort((a, b) => a - b)[0] }
function round (m, list) { let r = 0; for (let i = 0; i < 3; i++) r += sorter(list); return r + m.spin(20000) }
const list = Array.from({ length: 20000 }, (_, i) => (i * 7919) % 20011)
const end = Date.now() + Number(process.argv[2] || 2000)
const m = new Meter()
console.log('ready')
let out = 0
while (Date.now() < end) out += round(m, list)
console.log(out)
JS
cat >"$work/leak.js" <<'JS'
'use strict'
const kept = []
let n = 0
function remember () { kept.push({ id: n++, text: 'entry ' + n, when: new Date(n) }) }
setInterval(() => { for (let k = 0; k < 300; k++) remember() }, 10)
console.log('ready')
JS
printf "process.on('SIGUSR1', () => console.log('own handler'))\nrequire('./leak.js')\n" >"$work/own.js"

# launched, in every version at hand
for node in node ${NODES:-}; do
	(cd "$work" && timeout 60 "$perf_ops" profile --cpu --json -- "$node" hot.js 1500) >"$work/hot.json" 2>"$work/hot.err"
	check "launched $node: the function that calls sort is first" "$(first "$work/hot.json")" sorter
	stacks=$(ls -td "$work"/home/case-* | head -1)/cpu.collapsed
	check "launched $node: builtin below the JavaScript function" \
		"$(grep -q 'round;sorter;.*[sS]ort' "$stacks" && echo yes)" yes
	check "launched $node: methods have their names" "$(grep -q 'round;spin' "$stacks" && echo yes)" yes
done

# attached, passively: also where nothing may run inside
start hot "$work/hot.js" 20000
(cd "$work" && timeout 60 "$perf_ops" profile --pid "$hot" --cpu --env production --seconds 3 --json) >"$work/at.json" 2>"$work/at.err"
check "attached in production: the same function is first" "$(first "$work/at.json")" sorter
check "attached in production: no inspector was opened" "$(cat "$work/hot.err")" ""
kill "$hot"

# the inspector, twice in a row
start leak "$work/leak.js"
for turn in 1 2; do
	heap "$leak" "$work/heap$turn"
	check "attach $turn: heap profile through the inspector" "$(says "$work/heap$turn" 'Also from Node inspector')" 1
	check "attach $turn: port closed" "$(open_ports)" 0
done
check "the target lives on" "$(kill -0 "$leak" && echo yes)" yes

# kill -9 in the middle: the guard closes the port
"$perf_ops" profile --pid "$leak" --memory --env development --seconds 30 >/dev/null 2>&1 &
tool=$!
tries=0
until [ "$(open_ports)" = 1 ] || [ $tries = 100 ]; do sleep 0.1; tries=$((tries + 1)); done
check "inspector open while sampling" "$(open_ports)" 1
kill -9 "$tool"
wait "$tool" 2>/dev/null
tries=0
until [ "$(open_ports)" = 0 ] || [ $tries = 150 ]; do sleep 0.1; tries=$((tries + 1)); done
check "kill -9: port closed by the guard" "$(open_ports)" 0
check "kill -9: the target lives on" "$(kill -0 "$leak" && echo yes)" yes

# production: never
timeout 60 "$perf_ops" profile --pid "$leak" --memory --env production --seconds 2 >"$work/prod" 2>&1
check "production: no inspector" "$(grep -c 'Debugger listening' "$work/leak.err")" 3
kill "$leak"

# an inspector that was open already stays open
start open --inspect "$work/leak.js"
heap "$open" "$work/heap.open"
check "open inspector: used" "$(says "$work/heap.open" 'Also from Node inspector')" 1
check "open inspector: left open" "$(open_ports)" 1

# another Node in the same namespace: its port is not free
start second "$work/leak.js"
heap "$second" "$work/heap.second"
check "port of another process: refused" "$(says "$work/heap.second" 'port 9229')" 1
check "port of another process: not signalled" "$(grep -c Debugger "$work/second.err")" 0
kill "$open" "$second"
wait "$open" "$second" 2>/dev/null

# the application's own SIGUSR1
start own "$work/own.js"
heap "$own" "$work/heap.own"
check "own handler: refused" "$(says "$work/heap.own" 'uses SIGUSR1 for itself')" 1
check "own handler: never called" "$(grep -c 'own handler' "$work/own.out")" 0
kill "$own"

if node --disable-sigusr1 -e 0 2>/dev/null; then
	start quiet --disable-sigusr1 "$work/leak.js"
	heap "$quiet" "$work/heap.quiet"
	check "--disable-sigusr1: refused" "$(says "$work/heap.quiet" 'disable-sigusr1')" 1
	check "--disable-sigusr1: the target lives on" "$(kill -0 "$quiet" && echo yes)" yes
	kill "$quiet"
fi

# a target that ends meanwhile: a result or a sentence, and nothing left behind
start dying "$work/leak.js"
(sleep 2; kill -9 "$dying") &
heap "$dying" "$work/heap.dying" 10
check "killed target: said" "$(says "$work/heap.dying" ' ended' | awk '{ print ($1 > 0) ? "yes" : "no" }')" yes
check "killed target: no port" "$(open_ports)" 0

# worker threads are threads like others
cat >"$work/worker.js" <<'JS'
const { Worker, isMainThread } = require('worker_threads')
function crunch () { let s = 0; for (let i = 0; i < 4e8; i++) s += Math.sqrt(i); return s }
if (isMainThread) new Worker(__filename); else console.log(crunch())
JS
(cd "$work" && timeout 60 "$perf_ops" profile --cpu --json -- node worker.js) >"$work/worker.json" 2>/dev/null
check "worker thread: its function is first" "$(first "$work/worker.json")" crunch

# files that Node writes
(cd "$work" && node --cpu-prof --cpu-prof-name=a.cpuprofile hot.js 1000 >/dev/null &&
	timeout 60 "$perf_ops" profile --import a.cpuprofile --json) >"$work/file.json" 2>"$work/file.err"
check ".cpuprofile: a function of the program is first" \
	"$(first "$work/file.json" | grep -cE '^(sorter|round)$')" 1
exit $failed
