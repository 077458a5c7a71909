#!/bin/sh
set -e
cd "$(dirname "$0")"
exec python3 python_string_concat_in_loop.py
