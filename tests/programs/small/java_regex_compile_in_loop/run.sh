#!/bin/sh
set -e
cd "$(dirname "$0")"
exec java -cp build Main
