#!/bin/sh
set -e
cd "$(dirname "$0")"
mkdir -p build
rustc --edition 2021 -O -g -o build/rust_missing_memoization rust_missing_memoization.rs
