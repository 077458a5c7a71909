#!/bin/sh
set -e
cd "$(dirname "$0")"
exec ./build/rust_syscall_heavy_small_io
