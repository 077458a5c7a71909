#!/bin/sh
set -e
cd "$(dirname "$0")"
exec ./build/cpp_exception_for_control_flow
