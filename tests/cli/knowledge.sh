#!/bin/sh
# tools, experts, rules: lists, one record, filters, JSON, overlays, mistakes.
. "$(dirname "$0")/lib.sh"

fits() { "$PWD/build/tests/helpers/json-validate" "docs/formats/$1.schema.json" "$work/out" 2>"$work/err"; }

check "tools" run 0 tools
check "tools says from which file" out_has "knowledge/tools/python.yaml"
check "tools lists py-spy" out_has "py-spy"
check "one tool" run 0 tools PY-SPY
check "its traps" out_has "--nonblocking samples can be torn"
check "its origin" out_has "knowledge/tools/python.yaml:"
check "narrowed" run 0 tools memory --language python
check "has memray" out_has "memray"
check "has no wrk" out_lacks "wrk"
check "tools as JSON" run 0 tools --json
check "valid JSON" jq -e '.schema == "perf-ops/tools/1" and (.tools | length > 60)
	and all(.tools[]; (.id | length > 0) and (.sources | length > 0) and (.installed | type) == "boolean")' "$work/out"
check "fits its schema" fits tools
check "the embedded sampler is always here" jq -e '.tools[] | select(.id == "embedded-cpu") | .installed' "$work/out"
check "in production" run 0 tools --env production --json
check "nothing unsafe is usable" jq -e '[.tools[] | select(.usable_here and (.production_safe | not))] == []' "$work/out"
check "only missing" run 0 tools --missing --json
check "none of them is here" jq -e '[.tools[] | select(.installed)] == []' "$work/out"
check "unknown tool" run 2 tools nosuchtool
check "one sentence" err_one_sentence
check "experts" run 0 experts
check "experts say their file" out_has "knowledge/experts/experts.yaml:"
check "an expert by language" run 0 experts typescript --json
check "is the right one" jq -e '.experts[0].id == "javascript-backend"' "$work/out"
check "fits its schema" fits experts
check "unknown expert" run 2 experts nosuch
check "rules" run 0 rules
check "rules say their file" out_has "knowledge/rules/"
first=$("$PERF_OPS" rules --json | jq -r '.rules[0].id')
check "one rule" run 0 rules "$first"
check "its file and line" out_has "knowledge/rules/"
check "rules as JSON" run 0 rules --json
check "each has a cause" jq -e '.schema == "perf-ops/rules/1" and all(.rules[]; .cause != "")' "$work/out"
check "fits its schema" fits rules
check "unknown rule" run 2 rules nosuch

mkdir "$work/mine"
cat >"$work/mine/t.yaml" <<'END'
tools:
  - id: my-sampler
    name: my sampler
    summary: reads a counter of ours
    languages: [c]
    resources: [cpu]
    method: sampling
    binaries: [sh]
    production_safe: true
    production_reason: reads only
    perturbs: nothing
    status: active
    sources: [ours]
rules:
  - id: my-rule
    languages: [c]
    cause: linear-search-in-loop
    frames: [{names: [my_lookup], role: leaf, info: 0.1, warning: 0.3}]
    confidence: 0.5
END
check "an overlay adds a tool" run 0 tools my-sampler --knowledge "$work/mine"
check "from its own file" out_has "$work/mine/t.yaml:2"
check "and a rule" run 0 rules my-rule --knowledge "$work/mine"
check "the others stay" run 0 tools py-spy --knowledge "$work/mine"
echo 'tools: [{id: x, nmae: y}]' >"$work/mine/bad.yaml"
check "a bad overlay is an error" run 2 tools --knowledge "$work/mine"
check "with file, line and the likely word" err_has "bad.yaml:1: unknown key 'nmae'; did you mean"
check "one sentence" err_one_sentence
finish
