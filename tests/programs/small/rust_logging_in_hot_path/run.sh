#!/bin/sh
set -e
cd "$(dirname "$0")"
exec ./build/rust_logging_in_hot_path
