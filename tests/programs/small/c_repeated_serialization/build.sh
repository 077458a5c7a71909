#!/bin/sh
set -e
cd "$(dirname "$0")"
mkdir -p build
${CC:-gcc} -O2 -g -o build/c_repeated_serialization c_repeated_serialization.c -lm -pthread
