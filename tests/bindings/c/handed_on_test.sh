#!/bin/bash
# handed_on_test.sh POSTERN PROGRAM: a confined program hands its rules on, and
# what it gave up a moment before is given up for whom it starts. Tried as root,
# if this is root, and as an ordinary user.
world=$(mktemp -d "${TEST_TMPDIR:-/tmp}/handed.XXXXXX")
trap 'rm -rf "$world"' EXIT
# Where another user reaches them.
cp "$(readlink -f "$1")" "$world/postern"
cp "$(readlink -f "$2")" "$world/program"
echo a >"$world/kept"
echo b >"$world/dropped"
chmod -R a+rX "$world"
failed=0

want="file: yes, yes
pipe: yes, no
pipe: yes, no"

# try NAME COMMAND...: the command starts "postern".
try() {
  local name=$1 got
  shift
  got=$("$@" "$world/postern" exec --preset runtime --allow-fs-read="$world" \
    --allow-process-spawn="$world/program **" -- \
    "$world/program" 2 "$world/kept" "$world/dropped" 2>&1 </dev/null)
  if [ "$got" != "$want" ]; then
    printf 'failed: %s: %s\n' "$name" "$got"
    failed=1
  fi
}

# landlock_create_ruleset(NULL, 0, LANDLOCK_CREATE_RULESET_VERSION)
if ! python3 -c 'import ctypes, sys
sys.exit(ctypes.CDLL(None).syscall(444, None, 0, 1) < 1)'; then
  echo "skipped: this kernel has no Landlock"
  exit 0
fi
# It looks for leaks by ptrace(2) at the end, and says what it does not know.
if grep -qa __asan_init "$world/program"; then
  echo "skipped: a sanitizer does not run in a confined program"
  exit 0
fi
try "this user"
if [ "$(id -u)" = 0 ]; then
  if setpriv --reuid=65534 --regid=65534 --clear-groups test -r "$world/kept"; then
    try "another user" setpriv --reuid=65534 --regid=65534 --clear-groups
  else
    echo "skipped: another user does not reach $world"
  fi
fi
exit $failed
