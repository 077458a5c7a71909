#!/bin/sh
# The sampler beside perf record --call-graph dwarf: slowdown, completeness, time to the result.
# tests/bench/sampler.sh [ROUNDS]; needs an otherwise idle machine and perf.
cd "$(dirname "$0")/../.." || exit 1
exec build/tests/bench/bench-sampler build/tests/helpers/sampler-load "${1:-6}"
