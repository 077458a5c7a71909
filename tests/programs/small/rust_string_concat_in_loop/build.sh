#!/bin/sh
set -e
cd "$(dirname "$0")"
mkdir -p build
rustc --edition 2021 -O -g -o build/rust_string_concat_in_loop rust_string_concat_in_loop.rs
