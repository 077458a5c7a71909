#!/bin/sh
set -e
cd "$(dirname "$0")"
exec ./build/c_healthy_nbody
