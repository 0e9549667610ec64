#!/bin/bash
# What may depend on what: the layering check tells wrong edges from right ones.
set -u
readonly check="$PWD/$1"
failed=0

# The check's answer to one edge between two of our targets.
ask() {
  printf '"//permission:permission"\n"%s" -> "%s"\n"%s" -> "%s"\n' \
    //permission:permission //fs:glob "$1" "$2" | python3 "$check" >/dev/null
}

allowed() { ask "$@" || { echo "refused: $1 -> $2"; failed=1; }; }
refused() { ! ask "$@" || { echo "allowed: $1 -> $2"; failed=1; }; }

allowed //fs:glob //fs/base:utf8
allowed //net:host_name //fs/base:utf8
allowed //net/csp:path_key //fs/base:utf8
allowed //process:command //fs/base:file_descriptor
allowed //permission:principal //fs/base:utf8
allowed //permission:policy //net:endpoint
allowed //permission/backstop:lower //permission:policy
allowed //permission/backstop:lower //process:landlock
allowed //bindings/cli:exec_command //permission/backstop:lower
refused //permission/guard:path_monitor //permission/backstop:lower
refused //process:landlock //permission/backstop:report
refused //net:host_name //fs:glob
refused //fs:glob //net:address
refused //fs/base:utf8 //fs:glob
refused //fs/base:utf8 //net:address
refused //net:address //permission:policy
refused //process:command //fs:guarded_fs
refused //permission:policy //bindings/c:postern
refused //net:address //tests:amount

# What the check says where the targets in $1 are public.
say_public() {
  printf '%s\n' $1 >"$TEST_TMPDIR/public"
  echo '"//permission:permission" -> "//fs:glob"' |
    python3 "$check" --public "$TEST_TMPDIR/public"
}

# expect WORDS SAID: the check has said so in a line.
expect() {
  grep -qF -- "$1" <<<"$2" || { echo "not said: $1"; echo "$2"; failed=1; }
}

facades=$(python3 -c 'import os, sys
sys.path.insert(0, os.path.dirname(sys.argv[1]))
import check_layers
print(*check_layers.FACADES)' "$check")
say_public "$facades" >"$TEST_TMPDIR/said" ||
  { echo "refused: the facades"; cat "$TEST_TMPDIR/said"; failed=1; }
expect "//fs:resolver is public, and no facade" \
  "$(say_public "$facades //fs:resolver")"
expect "//net:net is a facade, and not public" \
  "$(say_public "${facades/\/\/net:net/}")"

# Headers of facades, in a tree that is made for it.
mkdir -p "$TEST_TMPDIR/tree/"{fs,postern}
cd "$TEST_TMPDIR/tree" || exit 1
shown='"//permission:permission" -> "//fs:glob"
"//fs:fs" -> "//fs:open.h"
"//:postern" -> "//:postern/cpp.h"
"//:postern" -> "//fs:fs"'
echo '#include "fs/kernel.h"' >fs/open.h
touch fs/kernel.h
echo '#include "fs/open.h"' >postern/cpp.h
expect "fs/open.h includes fs/kernel.h, which no facade shows" \
  "$(python3 "$check" <<<"$shown")"
shown+='
"//fs:fs" -> "//fs:kernel.h"'
expect "postern/cpp.h does not include fs/kernel.h" \
  "$(python3 "$check" <<<"$shown")"
echo '#include "fs/kernel.h"' >>postern/cpp.h
python3 "$check" <<<"$shown" >/dev/null || { echo "refused: headers"; failed=1; }
exit "$failed"
