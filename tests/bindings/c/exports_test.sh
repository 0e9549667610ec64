#!/bin/sh
# The shared library shows every function of the header and nothing else.
set -eu
library=$1
header=$2
nm -D --defined-only "$library" | awk '{print $3}' | grep -vE '^(_init|_fini|_edata|_end|__bss_start)$' | sort -u > "$TEST_TMPDIR/shown"
# Declared functions: a name before "(", not a type of a callback.
tr '\n' ' ' < "$header" | grep -oE '\bpostern_[a-z_]+\(' | tr -d '(' | sort -u > "$TEST_TMPDIR/declared"
diff "$TEST_TMPDIR/declared" "$TEST_TMPDIR/shown"
