#!/bin/sh
# Checks of the tree itself: include direction, banned functions, licence line, sizes, who prints.
# Prints each offence with file and line; fails when there is one.
cd "$(dirname "$0")/../.." || exit 1
bad=$(mktemp)
trap 'rm -f "$bad"' EXIT

# 1. Includes point one way. A layer may include itself, lower levels, and what "sideways" allows.
awk -v sideways=" collect>parse collect>knowledge store>knowledge " '
	BEGIN {
		split("base:0 model:1 collect:2 parse:2 stats:2 store:2 knowledge:2 diagnose:3 analyze:3 measure:3 " \
			"preload:3 postgres:3 bundle:3 dispatch:3 jobs:4 optimize:4 render:4 mcp:5 cli:5", rows, " ")
		for (i in rows) { split(rows[i], kv, ":"); level[kv[1]] = kv[2] }
	}
	FNR == 1 { split(FILENAME, part, "/"); from = part[2] }
	/^#include "/ {
		split($2, q, "\""); split(q[2], p, "/"); to = p[1]
		if (!(to in level)) print FILENAME ":" FNR ": include is not rooted at src/: " q[2]
		else if (from != to && level[to] >= level[from] && index(sideways, " " from ">" to " ") == 0)
			print FILENAME ":" FNR ": " from " must not include " to
	}' $(find src -name '*.[ch]') >>"$bad"

# 2. Banned functions: unbounded, locale-dependent, or through a shell.
grep -nE '(^|[^A-Za-z0-9_>.])(strcpy|strcat|sprintf|vsprintf|strtok|gets|atoi|atol|atof|system|popen|strtod|localtime|gmtime|alloca)\(' \
	$(find src gen -name '*.[ch]') | grep -vE ':[0-9]+:[[:space:]]*(/\*|\*|//)|"[^"]*(strcat|strcpy|sprintf|strtod|atoi|system|localtime)[^"]*"' |
	sed 's/$/   (banned)/' >>"$bad"

# 3. Only cli, mcp and host tools open output.
grep -nE '(^|[^A-Za-z0-9_])(printf|puts|putchar|perror)\(|fprintf\((stdout|stderr)|fputs\([^,]*, *(stdout|stderr)\)' \
	$(find src -name '*.c' ! -path 'src/cli/*' ! -path 'src/mcp/*' ! -path 'src/base/err.c' ! -path 'src/base/alloc.c') |
	sed 's/$/   (only cli and mcp print)/' >>"$bad"

# 4. Every source says its licence and its purpose; headers use #pragma once.
for f in $(find src gen -name '*.[ch]'); do
	head -1 "$f" | grep -q 'SPDX-License-Identifier: MIT' || echo "$f:1: no licence line" >>"$bad"
	sed -n 2p "$f" | grep -q '^/\*' || echo "$f:2: no sentence of purpose" >>"$bad"
	case $f in *.h) grep -q '^#pragma once' "$f" || echo "$f: no #pragma once" >>"$bad" ;; esac
done

# 5. Sizes: a file past 800 lines or a function past 80 is two ideas; allow-list only shrinks.
for f in $(find src gen -name '*.[ch]'); do
	n=$(wc -l <"$f")
	[ "$n" -le 800 ] || grep -q "^$f$" tests/check/oversize.txt || echo "$f: $n lines (ceiling 800)" >>"$bad"
	awk -v f="$f" '/^[a-z].*\)$/ && !/;/ { start = FNR; name = $0 }
		/^\{/ { if (!start) start = FNR }
		/^\}/ { if (start && FNR - start > 82) print f ":" start ": function of " FNR - start " lines (ceiling 80)"; start = 0 }' "$f"
done | while read -r line; do
	file=${line%%:*}
	grep -q "^$file$" tests/check/oversize.txt || echo "$line"
done >>"$bad"

# 6. No helper called util, no umbrella header.
find src gen -iname '*util*' -o -iname 'common.h' | sed 's/$/: no util, no umbrella header/' >>"$bad"

# 7. Format, where the formatter is at hand (it is in ./test --all).
if command -v clang-format-14 >/dev/null; then
	find src gen tests -name '*.[ch]' ! -path 'tests/programs/*' ! -path 'tests/golden/*' -print0 |
		xargs -0 clang-format-14 --dry-run 2>&1 | grep 'warning:' | cut -d: -f1 | sort | uniq -c |
		awk '{ print $2 ": " $1 " places differ from .clang-format (clang-format-14 -i)" }' >>"$bad"
fi

cat "$bad"
[ ! -s "$bad" ] && echo "tree is in order"
