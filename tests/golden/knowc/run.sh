#!/bin/sh
# The compiled form of a miniature knowledge folder is the checked-in one, byte for byte.
#	run.sh KNOWC [update]
here=$(cd "$(dirname "$0")" && pwd)
out=$(mktemp) || exit 1
trap 'rm -f "$out"' EXIT
"$1" "$out" "$here" "$here/in/a.yaml" "$here/in/b.yaml" || exit 1
if [ "$2" = update ]; then
	cp "$out" "$here/expected.c"
fi
diff -u "$here/expected.c" "$out" || { echo "if records changed on purpose: tests/golden/knowc/run.sh BUILD/gen/knowc update"; exit 1; }
# a bad file stops with file and line, and writes nothing
bad=$(mktemp -d) || exit 1
trap 'rm -rf "$out" "$bad"' EXIT
printf 'tools:\n- id: x\n  metod: sampling\n' >"$bad/t.yaml"
said=$("$1" "$bad/o.c" "$bad" "$bad/t.yaml" 2>&1) && { echo "a bad file was accepted"; exit 1; }
[ "$said" = "knowc: t.yaml:3: unknown key 'metod'; did you mean 'method'?" ] || { echo "said: $said"; exit 1; }
[ ! -e "$bad/o.c" ] || { echo "output in spite of an error"; exit 1; }
