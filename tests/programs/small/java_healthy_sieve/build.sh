#!/bin/sh
set -e
cd "$(dirname "$0")"
mkdir -p build
javac -g -d build Main.java
