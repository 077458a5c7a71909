#!/bin/sh
set -e
cd "$(dirname "$0")"
exec ./build/cpp_healthy_parallel
