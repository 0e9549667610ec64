#!/bin/sh
# python_test.sh TEST ARGUMENT...: by Debian's interpreter.
exec /usr/bin/python3.11 -B "$@"
