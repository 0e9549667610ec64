#!/bin/bash
# Compiles misuse.cc, and compares the warnings with what its comments say.
set -u
readonly source="$1"
readonly words_of='match($0, /\/\/ [a-z+]+(, [a-z+]+)*: /)'
failed=0

# The numbers and words of the lines where this compiler has to warn.
expected() {
  awk -v name="$1" "$words_of"' {
    if (index(substr($0, RSTART, RLENGTH), name) > 0)
      print NR, substr($0, RSTART + RLENGTH)
  }' "$source"
}

compare() {
  local name="$1"
  shift
  if ! command -v "$1" > /dev/null; then
    echo "skipped: there is no $1"
    return
  fi
  local told="$TEST_TMPDIR/told" wanted="$TEST_TMPDIR/wanted"
  "$@" -std=c++17 -Wall -Wextra -fsyntax-only -I. "$source" 2> "$told.all" ||
    { cat "$told.all"; failed=1; }
  sed -n "s|^$source:\([0-9]*\):[0-9]*: warning: |\1 |p" "$told.all" > "$told"
  expected "$name" > "$wanted"
  [ -s "$wanted" ] || { echo "$name: nothing is expected"; failed=1; }
  while read -r line words; do
    grep -q "^$line .*$words" "$told" ||
      { echo "$source:$line: $name does not warn: $words"; failed=1; }
  done < "$wanted"
  while read -r line words; do
    grep -q "^$line " "$wanted" ||
      { echo "$source:$line: $name warns: $words"; failed=1; }
  done < "$told"
}

compare g++ g++
compare clang clang++-14
exit "$failed"
