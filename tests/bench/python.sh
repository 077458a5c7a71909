#!/bin/sh
# Python: rate reached, errors and slowdown of the target beside py-spy and austin, in one run, at 100 Hz
# and 1 kHz, recursion 10, 100 and 1000 deep. Commands take turns; CPU time is the target's own.
# tests/bench/python.sh [ROUNDS]; needs an otherwise idle machine; py-spy and austin come from PyPI.
set -eu
cd "$(dirname "$0")/../.."
venv=build/cache/python-bench
[ -x "$venv/bin/py-spy" ] || {
	python3 -m venv "$venv"
	"$venv/bin/pip" -q install py-spy austin-dist
}
exec python3 tests/bench/python_bench.py "$venv/bin" "${1:-5}"
