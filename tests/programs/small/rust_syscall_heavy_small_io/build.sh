#!/bin/sh
set -e
cd "$(dirname "$0")"
mkdir -p build
rustc --edition 2021 -O -g -o build/rust_syscall_heavy_small_io rust_syscall_heavy_small_io.rs
