#!/bin/sh
set -e
cd "$(dirname "$0")"
exec python3 python_logging_in_hot_path.py
