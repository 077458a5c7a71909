#!/bin/sh
# The pages in a real browser: search, zoom, layouts, keyboard, threads, no script, phone and desktop,
# contrast, hostile names, a million stacks. FLAME_SHOTS=DIR keeps pictures.
set -eu
cd "$(dirname "$0")/../.."
. tests/browser/prepare.sh
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
mkdir "$out/threads" "$out/hostile" "$out/large" "$out/wide"
build/tests/helpers/render-all tests/golden/render/threads.stacks "$out/threads"
build/tests/helpers/render-all hostile "$out/hostile"
node tests/browser/stacks.mjs wide >"$out/wide.stacks"
build/tests/helpers/render-all "$out/wide.stacks" "$out/wide"
node tests/browser/stacks.mjs million >"$out/large.stacks"
start=$(date +%s%N)
build/tests/helpers/render-all "$out/large.stacks" "$out/large"
echo "# all formats of a profile of a million nodes: $((($(date +%s%N) - start) / 1000000)) ms," \
	"page $(wc -c <"$out/large/flame.html") bytes"
[ "$(wc -c <"$out/large/flame.html")" -lt 8000000 ] || { echo "NOT OK - the page is too large"; exit 1; }
node tests/browser/flame.mjs "$out" ${FLAME_SHOTS:+"$FLAME_SHOTS"}
