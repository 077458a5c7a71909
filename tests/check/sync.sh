#!/bin/sh
# Things that must agree: verbs, pages, help, man page, completions, tests; lists and folders.
# Needs a build (PERF_OPS, default build/perf-ops).
cd "$(dirname "$0")/../.." || exit 1
bin=${PERF_OPS:-build/perf-ops}
[ -x "$bin" ] || { echo "no $bin: build first"; exit 1; }
bad=$(mktemp)
man=$(mktemp)
trap 'rm -f "$bad" "$man"' EXIT
say() { echo "$*" >>"$bad"; }

verbs=$(sed -n '/#define COMMANDS/,/^$/p' src/cli/command.h | grep -o 'X([a-z]*)' | tr -d 'X()' | grep .)
[ "$(echo "$verbs" | wc -l)" -ge 2 ] || say "the verb list could not be read from src/cli/command.h"
"$bin" help --format man >"$man"
for verb in $verbs; do
	page=docs/commands/$verb.md
	[ -f "$page" ] || { say "$verb: no page $page"; continue; }
	[ -f "src/cli/cmd_$verb.c" ] || say "$verb: no src/cli/cmd_$verb.c"
	ls tests/cli/*.sh 2>/dev/null | xargs grep -qE "run [0-9]+ $verb( |\$)" ||
		say "$verb: no test in tests/cli runs it"
	"$bin" "$verb" --help >/dev/null || say "$verb --help fails"
	summary=$(sed -n 's/^summary: //p' "$page")
	"$bin" "$verb" --help | grep -qF "$summary" || say "$verb --help does not say what its page says"
	"$bin" help | grep -qF "$summary" || say "perf-ops help does not list $verb"
	grep -q "^.SS $verb\$" "$man" || say "the man page has no $verb"
	for shell in bash zsh fish; do
		"$bin" help --format $shell | grep -qw "$verb" || say "the $shell completion has no $verb"
	done
	for option in $("$bin" "$verb" --help | grep -oE '^ +(-[a-z], )?--[a-z-]+' | grep -oE '[a-z-]{3,}$' | sed 's/^-*//'); do
		"$bin" help --format bash | grep -q -- "--$option" || say "the bash completion lacks --$option of $verb"
	done
	grep -q "commands/$verb.md" docs/meson.build || say "$page is not in docs/meson.build"
done

# lists against folders
for f in src/*/*.c; do
	[ "$f" = src/cli/main.c ] && continue
	grep -qE "(^|[^a-z_])$(basename "$f")" "$(dirname "$f")/meson.build" || say "$f is in no list"
done
for f in $(cd knowledge && find . -name '*.yaml' | sed 's,^\./,,'); do
	grep -qF "'$f'" knowledge/meson.build || say "knowledge/$f is not in knowledge/meson.build"
done
for f in tests/unit/test_*.c; do
	name=$(basename "$f" .c)
	grep -qF "'${name#test_}'" tests/unit/meson.build || say "$f is in no list"
done
for f in tests/fuzz/fuzz_*.c; do
	name=$(basename "$f" .c)
	grep -qF "'${name#fuzz_}'" tests/fuzz/meson.build || say "$f is in no list"
	[ -n "$(ls "tests/fuzz/corpus/${name#fuzz_}" 2>/dev/null)" ] || say "$f has no corpus"
done
cat "$bad"
[ ! -s "$bad" ] && echo "all in step"
