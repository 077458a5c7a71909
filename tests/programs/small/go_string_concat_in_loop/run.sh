#!/bin/sh
set -e
cd "$(dirname "$0")"
exec ./build/go_string_concat_in_loop
