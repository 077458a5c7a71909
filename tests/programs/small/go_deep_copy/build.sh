#!/bin/sh
set -e
cd "$(dirname "$0")"
mkdir -p build
GO111MODULE=off go build -o build/go_deep_copy go_deep_copy.go
