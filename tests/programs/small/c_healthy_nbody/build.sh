#!/bin/sh
set -e
cd "$(dirname "$0")"
mkdir -p build
${CC:-gcc} -O2 -g -o build/c_healthy_nbody c_healthy_nbody.c -lm -pthread
