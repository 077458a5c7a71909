#!/bin/sh
set -e
cd "$(dirname "$0")"
mkdir -p build
GO111MODULE=off go build -o build/go_bad_hash go_bad_hash.go
