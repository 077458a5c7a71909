#!/bin/sh
set -e
cd "$(dirname "$0")"
mkdir -p build
${CC:-gcc} -O2 -g -o build/c_linear_search_in_loop c_linear_search_in_loop.c -lm -pthread
