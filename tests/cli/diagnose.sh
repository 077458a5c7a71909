#!/bin/sh
# diagnose: words, project, process, machine, tools and plan; never blocks, never prints a secret.
. "$(dirname "$0")/lib.sh"
cat >"$work/spin.c" <<'END'
int main(void) { for (volatile unsigned long i = 0;; i++) ; }
END
cc -O1 -o "$work/spin" "$work/spin.c" || exit 1
mkdir -p "$work/shop"
printf '{"name":"shop","dependencies":{"express":"4.18.0","pg":"8.0.0"}}\n' >"$work/shop/package.json"
printf 'DATABASE_URL=postgres://admin:hunter2secret@db.internal:5432/shop\n' >"$work/shop/.env"
printf 'const express = require("express");\n' >"$work/shop/server.js"

check "words alone" run 0 diagnose "the nightly job pins one core at 100% for an hour" --window 0 --project "$work/shop"
check "leaf" out_has "cpu.one-core"
check "the screen ends with the next command" sh -c 'grep -q "^Next " "$1"' - "$work/out"
check "as JSON" run 0 diagnose "memory keeps growing until the OOM killer ends our express server" --json --window 0 \
	--project "$work/shop"
check "agreed fields" jq -e '.schema == "perf-ops/diagnose/1" and .symptom.leaf == "memory.growing" and
	.symptom.class == "memory" and .symptom.language == "javascript-backend" and (.symptom.because | length > 0) and
	.request == "symptom" and (.project.languages[0].name | test("javascript")) and
	.environment.kind == "unknown" and (.tools | length > 30) and (.plan | length > 0) and
	(.baseline.memory | type == "object") and (.caveats | type == "array")' "$work/out"
check "no secret anywhere" out_lacks "hunter2secret"
check "unknown is an answer" run 0 diagnose "please add a dark theme to the settings page" --json --window 0 --project "$work/shop"
check "unknown" jq -e '.symptom.leaf == "unknown"' "$work/out"
check "empty text" run 0 diagnose --window 0 --project "$work/shop"
check "hostile text" run 0 diagnose "$(printf '\033[31m\377\376 %%s%%n <script>alert(1)</script>')" --window 0 --project "$work/shop"
check "escape sequences do not reach the terminal" sh -c '! grep -q "$(printf "\033")" "$1"' - "$work/out"
env NODE_ENV=production "$work/spin" &
spin=$!
check "a process without words" run 0 diagnose --pid $spin --window 1 --json --project "$work/shop"
check "classified from what is measured" jq -e '.symptom.leaf == "cpu.one-core"' "$work/out"
check "production by its own environment" jq -e '.environment.kind == "production"' "$work/out"
check "the project of a process is where it runs" run 0 diagnose --pid $spin --window 0 --json
check "its working folder" jq -e --arg d "$(readlink /proc/$spin/cwd)" '.project.root == $d or $d == "/"' "$work/out"
check "--env overrides" run 0 diagnose --pid $spin --window 0 --json --env development --project "$work/shop"
check "development" jq -e '.environment.kind == "development"' "$work/out"
check "a process by name" run 0 diagnose --pid spin --window 0 --json --project "$work/shop"
check "not disturbed" sh -c 'grep -q "^State:.*R" /proc/$1/status' - $spin
kill $spin
check "no such process" run 4 diagnose --pid 2147483000
check "one sentence" err_one_sentence
check "no such name" run 4 diagnose --pid no-such-process-name
check "no such port" run 4 diagnose --pid :1
check "no such project" run 2 diagnose x --project /nonexistent
check "bad window" run 2 diagnose x --window never
check "front door with words alone" run 0 "our vendor bundle is 5 MB and the page loads slowly" --project "$work/shop"
check "front leaf" out_has "bundle.main-too-large"
finish
