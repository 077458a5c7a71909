#!/bin/sh
set -e
cd "$(dirname "$0")"
mkdir -p build
rustc --edition 2021 -O -g -o build/rust_healthy_wordcount rust_healthy_wordcount.rs
