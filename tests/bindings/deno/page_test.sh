#!/bin/bash
# page_test.sh RUNTIMES POSTERN PAGE FOLLOW: does what the page says with the Deno
# that tools/runtimes installed, by tests/docs/follow_page.py.
deno=$1/deno/node_modules/@deno/linux-x64-glibc/deno
if [ ! -x "$deno" ]; then
  echo "skipped: Deno is not installed; tools/runtimes does"
  exit 0
fi
exec python3 -B "$4" "$3" "bin/postern=$2" \
  "node_modules/@deno/linux-x64-glibc/deno=$deno"
