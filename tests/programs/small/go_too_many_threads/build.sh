#!/bin/sh
set -e
cd "$(dirname "$0")"
mkdir -p build
GO111MODULE=off go build -o build/go_too_many_threads go_too_many_threads.go
