#!/bin/sh
# go_starlark_test.sh TEST LIBRARY: skipped where Debian's Go and its Starlark
# are not installed.
if ! command -v go >/dev/null ||
  [ ! -d /usr/share/gocode/src/go.starlark.net/starlark ]; then
  echo "skipped: golang-go and golang-starlark-dev are not installed"
  [ -z "${XML_OUTPUT_FILE:-}" ] ||
    echo '<testsuite><testcase name="go" status="notrun"/></testsuite>' \
      >"$XML_OUTPUT_FILE"
  exit 0
fi
exec python3 -B "$1" "$2"
