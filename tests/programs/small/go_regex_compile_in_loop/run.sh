#!/bin/sh
set -e
cd "$(dirname "$0")"
exec ./build/go_regex_compile_in_loop
