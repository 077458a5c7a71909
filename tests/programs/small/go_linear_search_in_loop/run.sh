#!/bin/sh
set -e
cd "$(dirname "$0")"
exec ./build/go_linear_search_in_loop
