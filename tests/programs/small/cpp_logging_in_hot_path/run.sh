#!/bin/sh
set -e
cd "$(dirname "$0")"
exec ./build/cpp_logging_in_hot_path
