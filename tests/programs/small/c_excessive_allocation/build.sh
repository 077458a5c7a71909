#!/bin/sh
set -e
cd "$(dirname "$0")"
mkdir -p build
${CC:-gcc} -O2 -g -o build/c_excessive_allocation c_excessive_allocation.c -lm -pthread
