#!/bin/sh
set -e
cd "$(dirname "$0")"
mkdir -p build
rustc --edition 2021 -O -g -o build/rust_repeated_file_parse rust_repeated_file_parse.rs
