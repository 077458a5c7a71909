#!/bin/sh
set -e
cd "$(dirname "$0")"
exec node node_sort_in_loop.js
