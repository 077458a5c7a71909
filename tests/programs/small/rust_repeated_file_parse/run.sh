#!/bin/sh
set -e
cd "$(dirname "$0")"
exec ./build/rust_repeated_file_parse
