#!/bin/sh
set -e
cd "$(dirname "$0")"
mkdir -p build
${CXX:-g++} -O2 -g -std=c++17 -o build/cpp_logging_in_hot_path cpp_logging_in_hot_path.cpp -pthread
