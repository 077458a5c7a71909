#!/bin/sh
set -e
cd "$(dirname "$0")"
mkdir -p build
GO111MODULE=off go build -o build/go_linear_search_in_loop go_linear_search_in_loop.go
