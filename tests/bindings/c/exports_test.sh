#!/bin/sh
# The shared library shows every function of the headers and nothing else, each
# under the version of the interface, and says by which name it is to be loaded.
set -eu
library=$1
shift
nm -D --defined-only --with-symbol-versions "$library" | awk '$2 != "A" {print $3}' |
  sort -u > "$TEST_TMPDIR/shown"
# Declared functions: a name before "(", not a type of a callback.
cat "$@" | tr '\n' ' ' | sed 's:/\*[^*]*\*\+\([^/*][^*]*\*\+\)*/: :g' |
  grep -oE '\bpostern_[a-z0-9_]+\(' | tr -d '(' | sed 's/$/@@POSTERN_0/' |
  sort -u > "$TEST_TMPDIR/declared"
diff "$TEST_TMPDIR/declared" "$TEST_TMPDIR/shown"
objdump -p "$library" | grep -qE 'SONAME +libpostern[.]so[.]0$'
