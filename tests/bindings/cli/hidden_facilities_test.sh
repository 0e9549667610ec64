#!/bin/sh
# hidden_facilities_test.sh TEST POSTERN
exec python3 -B "$1" "$2"
