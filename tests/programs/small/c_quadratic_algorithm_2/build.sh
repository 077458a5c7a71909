#!/bin/sh
set -e
cd "$(dirname "$0")"
mkdir -p build
${CC:-gcc} -O2 -g -o build/c_quadratic_algorithm_2 c_quadratic_algorithm_2.c -lm -pthread
