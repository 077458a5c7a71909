#!/bin/sh
set -e
cd "$(dirname "$0")"
mkdir -p build
${CC:-gcc} -O0 -g -std=gnu11 -o build/wavemix wavemix.c -lm
