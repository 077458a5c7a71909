#!/bin/sh
set -e
cd "$(dirname "$0")"
exec python3 python_quadratic_algorithm.py
