#!/bin/sh
# python_test.sh TEST SOURCE: runs the test with the folder of the source.
exec python3 -B "$1" "$(dirname "$2")"
