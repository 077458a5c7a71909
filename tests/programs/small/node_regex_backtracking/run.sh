#!/bin/sh
set -e
cd "$(dirname "$0")"
exec node node_regex_backtracking.js
