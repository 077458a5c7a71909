#!/bin/sh
set -e
cd "$(dirname "$0")"
exec node node_string_concat_in_loop.js
