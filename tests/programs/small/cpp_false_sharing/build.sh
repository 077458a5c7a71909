#!/bin/sh
set -e
cd "$(dirname "$0")"
mkdir -p build
${CXX:-g++} -O2 -g -std=c++17 -o build/cpp_false_sharing cpp_false_sharing.cpp -pthread
