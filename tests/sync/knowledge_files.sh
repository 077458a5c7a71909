#!/bin/sh
# knowledge/meson.build lists every YAML file of the folder, and nothing else, in order.
cd "$(dirname "$0")/../.." || exit 1
listed=$(sed -n "s/^  '\(.*\.yaml\)',$/\1/p" knowledge/meson.build)
found=$(cd knowledge && find . -name '*.yaml' | sed 's|^\./||' | LC_ALL=C sort)
[ "$listed" = "$found" ] && exit 0
a=$(mktemp) b=$(mktemp)
echo "$listed" >"$a"
echo "$found" >"$b"
echo "knowledge/meson.build (-) and the folder (+) differ:"
diff -u "$a" "$b" | tail -n +3
rm -f "$a" "$b"
exit 1
