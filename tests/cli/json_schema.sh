#!/bin/sh
# What --json prints is what docs/formats promises, on a program that was really measured.
. "$(dirname "$0")/lib.sh"

fits() { "$PWD/build/tests/helpers/json-validate" "docs/formats/$1.schema.json" "$work/out" 2>"$work/err"; }
known() { "$PERF_OPS" help 2>/dev/null | grep -q "^  $1 "; }

cat >"$work/spin.c" <<'C'
#include <stdio.h>
__attribute__((noinline)) static double work(int n)
{
	double x = 0;
	for (int i = 1; i < n; i++)
		x += 1.0 / i;
	return x;
}
int main(void)
{
	double x = 0;
	for (int i = 0; i < 60; i++)
		x += work(4000000 + i);
	printf("%f\n", x);
	return 0;
}
C
cc -O2 -g -o "$work/spin" "$work/spin.c"

check "profile runs" run 0 profile --json -- "$work/spin"
check "profile: the JSON fits its schema" fits profile
check "profile: the hot function is named" out_has '"work"'
check "profile: the file is named" out_has 'spin.c'
check "bench runs" run 0 bench --json -q --pairs 8 'sleep 0.05' 'sleep 0.01'
check "bench: the JSON fits its schema" fits bench
if known diagnose; then
	check "diagnose runs" run 0 diagnose --json --window 0 "my program is slow"
	check "diagnose: the JSON fits its schema" fits diagnose
fi
finish
