#!/bin/sh
set -e
cd "$(dirname "$0")"
mkdir -p build
${CC:-gcc} -O2 -g -o build/c_repeated_file_parse c_repeated_file_parse.c -lm -pthread
