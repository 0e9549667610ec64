#!/bin/bash
# With Debian's own Python, which has the bindings of libclang.
if ! /usr/bin/python3 -c 'import clang.cindex' 2>/dev/null; then
  echo "skipped: Debian's python3-clang-14 is not installed"
  exit 0
fi
exec /usr/bin/python3 "$1"
