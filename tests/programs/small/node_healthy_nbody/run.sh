#!/bin/sh
set -e
cd "$(dirname "$0")"
exec node node_healthy_nbody.js
