#!/bin/bash
# What may depend on what: the layering check tells wrong edges from right ones.
set -u
readonly check="$1"
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
refused //net:host_name //fs:glob
refused //fs:glob //net:address
refused //fs/base:utf8 //fs:glob
refused //fs/base:utf8 //net:address
refused //net:address //permission:policy
refused //process:command //fs:guarded_fs
refused //permission:policy //bindings/c:postern
refused //net:address //tests:amount
exit "$failed"
