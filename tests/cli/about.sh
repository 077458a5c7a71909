#!/bin/sh
# help, version, and how the command line answers mistakes.
. "$(dirname "$0")/lib.sh"

check "no arguments show the overview" run 0
check "overview names the front door" out_has 'perf-ops "why is this slow"'
check "help lists the verbs" run 0 help
check "help of a verb" run 0 help version
check "help of an unknown verb is a usage error" run 2 help nosuchverb
check "one sentence" err_one_sentence
check "perf_ops version" run 0 version
check "version is one line" test "$(wc -l <"$work/out")" = 1
check "help as JSON" run 0 help --json
check "has every verb and option" jq -e '.schema == "perf-ops/help/1" and (.verbs | length >= 10)
	and any(.verbs[] | select(.name == "profile").options[]; .name == "seconds" and .maximum == 86400)' "$work/out"
check "help of a verb as JSON" run 0 profile --help --json
check "has that verb" jq -e '[.verbs[].name] == ["profile"]' "$work/out"
check "version as JSON" run 0 version --json
check "valid JSON" jq -e '.schema == "perf-ops/version/1" and (.version | test("^[0-9]+[.]"))' "$work/out"
check "--version" run 0 --version
check "-V" run 0 -V
check "a typo is answered with a suggestion" run 2 versoin
check "suggestion" err_has "perf-ops version"
check "unknown option" run 2 version --colour always
check "nearest option" err_has "--color"
check "option without value" run 2 version --color
check "bad choice" run 2 version --color pink
check "surplus argument" run 2 version 1
check "command where none is run" run 2 version -- ls
check "missing knowledge folder" run 2 version --knowledge /nonexistent
check "one sentence" err_one_sentence
check "full disk is reported" sh -c '"$1" help >/dev/full 2>"$2"; [ $? != 0 ]' - "$PERF_OPS" "$work/err"
check "and says so" err_has "cannot write the result"
check "a reader that leaves is no failure" sh -c '"$1" help | head -1 >/dev/null' - "$PERF_OPS"
"$PERF_OPS" help --format bash >"$work/bash"
check "bash completion parses" bash -n "$work/bash"
cat >"$work/complete.sh" <<'END'
. "$1"
COMP_WORDS=(perf-ops ver) COMP_CWORD=1
_perf_ops
[ "${COMPREPLY[*]}" = version ] || exit 1
COMP_WORDS=(perf-ops version --color al) COMP_CWORD=3
_perf_ops
[ "${COMPREPLY[*]}" = always ]
END
check "bash completion completes" bash "$work/complete.sh" "$work/bash"
"$PERF_OPS" help --format man >"$work/man"
check "man page renders without warnings" sh -c 'test -z "$(man --warnings -l "$1" 2>&1 >/dev/null)"' - "$work/man"
DESTDIR="$work/root" meson install -C build --no-rebuild >/dev/null 2>"$work/err"
prefix=$(dirname "$(dirname "$(find "$work/root" -path '*/bin/perf-ops')")")
check "an installed perf-ops runs" sh -c '"$1/bin/perf-ops" tools py-spy >/dev/null' - "$prefix"
for page in man/man1/perf-ops.1 bash-completion/completions/perf-ops.bash zsh/site-functions/_perf-ops \
	fish/vendor_completions.d/perf-ops.fish; do
	check "$page is installed" test -s "$prefix/share/$page"
done
finish
