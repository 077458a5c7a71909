#!/bin/sh
set -e
cd "$(dirname "$0")"
mkdir -p build
GO111MODULE=off go build -o build/go_string_concat_in_loop go_string_concat_in_loop.go
