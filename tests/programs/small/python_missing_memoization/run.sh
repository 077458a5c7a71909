#!/bin/sh
set -e
cd "$(dirname "$0")"
exec python3 python_missing_memoization.py
