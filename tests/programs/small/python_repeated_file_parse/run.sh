#!/bin/sh
set -e
cd "$(dirname "$0")"
exec python3 python_repeated_file_parse.py
