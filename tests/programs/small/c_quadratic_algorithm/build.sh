#!/bin/sh
set -e
cd "$(dirname "$0")"
mkdir -p build
${CC:-gcc} -O2 -g -o build/c_quadratic_algorithm c_quadratic_algorithm.c -lm -pthread
