#!/bin/bash
# make_archive.sh ARCHIVE FLAGS EXPORTED OBJECT...: see archive.bzl.
set -eu -o pipefail

archive=$1 flags=$2 exported=$3
shift 3
objects=("$@")

# The whole in one object, with the parts of Debian's archives that it needs. All
# but what is exported becomes local, so that whoever links it may have another
# Abseil. Groups of sections are resolved, or the linker would later take parts
# of them from elsewhere, where nothing local is seen.
merge() {
  local libraries=() roots=() flag file name
  while read -r flag; do
    case $flag in
      -l*)
        file=$(gcc -print-file-name="lib${flag#-l}.a")
        [ -f "$file" ] || {
          echo "there is no static library for $flag" >&2
          exit 1
        }
        libraries+=("$file")
        ;;
    esac
  done <"$flags"
  while read -r name; do
    # shellcheck disable=SC2053  # a pattern
    [[ $name != $exported ]] || roots+=(-u "$name")
  done < <(nm -j --defined-only --extern-only "${objects[@]}")
  ld -r --gc-sections "${roots[@]}" --force-group-allocation \
    -o "$work/postern.o" "${objects[@]}" \
    --start-group "${libraries[@]}" --end-group
  # Unique symbols are made local only if they are weak.
  objcopy --wildcard --weaken-symbol='_Z*' "$work/postern.o"
  objcopy --wildcard --keep-global-symbol="$exported" --strip-unneeded \
    "$work/postern.o"
  objects=("$work/postern.o")
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
[ -z "$exported" ] || merge
rm -f "$archive"
ar qcsD "$archive" "${objects[@]}"
