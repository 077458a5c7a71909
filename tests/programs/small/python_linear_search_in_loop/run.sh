#!/bin/sh
set -e
cd "$(dirname "$0")"
exec python3 python_linear_search_in_loop.py
