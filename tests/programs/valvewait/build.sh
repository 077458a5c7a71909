#!/bin/sh
set -e
cd "$(dirname "$0")"
mkdir -p build
${CC:-gcc} -O2 -g -std=gnu11 -o build/valvewait valvewait.c -pthread
