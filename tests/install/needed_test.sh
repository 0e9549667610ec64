#!/bin/sh
# Which libraries are loaded with the program and the C library: each costs every
# start of every process. Optimised builds only; others link dynamically.
set -eu
build=$1
program=$2
library=$3

if [ "$build" != optimised ]; then
  echo "skipped: this build is not optimised"
  exit 0
fi

needed() {
  readelf -dW "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'
}

more=$(needed "$program" | grep -vxE 'lib[cm]\.so\.6|ld-linux-.*' || true)
if [ -n "$more" ]; then
  echo "the program needs more than libc and libm:" $more
  exit 1
fi

# Lists those that are named but not called, and fails if there are any.
ldd -u "$library"
