#!/bin/sh
set -e
cd "$(dirname "$0")"
mkdir -p build
${CC:-gcc} -O2 -g -o build/c_cache_unfriendly_access c_cache_unfriendly_access.c -lm -pthread
