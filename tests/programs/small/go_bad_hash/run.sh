#!/bin/sh
set -e
cd "$(dirname "$0")"
exec ./build/go_bad_hash
