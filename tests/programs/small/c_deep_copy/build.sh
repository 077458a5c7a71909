#!/bin/sh
set -e
cd "$(dirname "$0")"
mkdir -p build
${CC:-gcc} -O2 -g -o build/c_deep_copy c_deep_copy.c -lm -pthread
