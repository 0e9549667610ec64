#!/bin/sh
# run_test.sh TEST RUN: runs the test with the program that it tries.
exec python3 -B "$1" "$2"
