#!/bin/sh
set -e
cd "$(dirname "$0")"
mkdir -p build
${CC:-gcc} -O2 -g -o build/c_syscall_heavy_small_io c_syscall_heavy_small_io.c -lm -pthread
