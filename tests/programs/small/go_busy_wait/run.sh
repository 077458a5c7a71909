#!/bin/sh
set -e
cd "$(dirname "$0")"
exec ./build/go_busy_wait
