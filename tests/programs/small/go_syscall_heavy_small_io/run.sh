#!/bin/sh
set -e
cd "$(dirname "$0")"
exec ./build/go_syscall_heavy_small_io
