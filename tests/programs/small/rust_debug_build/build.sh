#!/bin/sh
set -e
cd "$(dirname "$0")"
mkdir -p build
rustc --edition 2021 -g -o build/rust_debug_build rust_debug_build.rs
