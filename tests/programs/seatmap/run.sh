#!/bin/sh
set -e
cd "$(dirname "$0")"
mkdir -p build
SCALE="${1:-${SCALE:-1}}"
export SCALE
exec ./build/seatmap
