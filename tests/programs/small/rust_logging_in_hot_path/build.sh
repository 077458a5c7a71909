#!/bin/sh
set -e
cd "$(dirname "$0")"
mkdir -p build
rustc --edition 2021 -O -g -o build/rust_logging_in_hot_path rust_logging_in_hot_path.rs
