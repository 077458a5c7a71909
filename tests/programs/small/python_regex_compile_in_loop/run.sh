#!/bin/sh
set -e
cd "$(dirname "$0")"
exec python3 python_regex_compile_in_loop.py
