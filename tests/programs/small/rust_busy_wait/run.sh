#!/bin/sh
set -e
cd "$(dirname "$0")"
exec ./build/rust_busy_wait
