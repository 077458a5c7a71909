#!/bin/sh
set -e
cd "$(dirname "$0")"
exec node node_linear_search_in_loop.js
