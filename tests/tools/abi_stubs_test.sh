#!/bin/bash
# The library of empty functions that tools/abi looks at: it has each function
# of a header, and each constant's value as a size.
set -u
readonly stubs="$PWD/$1"
cd "$TEST_TMPDIR" || exit 1
failed=0

cat >sample.h <<'END'
#include <stdint.h>
typedef struct postern_thing postern_thing;
typedef int (*postern_fn)(void* data, const postern_thing* thing);
enum { POSTERN_ONE = 1, POSTERN_TWO /* 2; not 3 */ };
typedef struct postern_options { void (*release)(void*); } postern_options;
/* Not postern_comment(void); */
postern_thing* postern_thing_new(const postern_options* options,
                                 postern_fn call);
void postern_thing_free(postern_thing* thing);
END
python3 "$stubs" sample.h >stubs.c || { echo "no stubs"; exit 1; }
gcc -std=c99 -fPIC -shared -nostdlib -I. -o stubs.so stubs.c || exit 1
nm -S --radix=d --defined-only stubs.so | awk '{print $4, $2 + 0}' |
  grep postern | sort >shown

expect() { grep -qE "^$1$" shown || { echo "missing: $1"; failed=1; }; }
expect 'postern_thing_new [0-9]+'
expect 'postern_thing_free [0-9]+'
expect 'postern_value_of_POSTERN_ONE 1001'
expect 'postern_value_of_POSTERN_TWO 1002'
[ "$(wc -l <shown)" = 4 ] || { cat shown; failed=1; }

echo 'struct postern_nothing;' >empty.h
! python3 "$stubs" empty.h >/dev/null || { echo "empty passed"; failed=1; }
exit $failed
