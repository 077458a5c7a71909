#!/bin/sh
set -e
cd "$(dirname "$0")"
mkdir -p build
GO111MODULE=off go build -o build/go_syscall_heavy_small_io go_syscall_heavy_small_io.go
