#!/bin/sh
set -e
cd "$(dirname "$0")"
exec ./build/rust_debug_build
