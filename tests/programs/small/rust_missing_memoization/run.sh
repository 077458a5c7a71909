#!/bin/sh
set -e
cd "$(dirname "$0")"
exec ./build/rust_missing_memoization
