# Shared by the scripts in this folder, which source it first.

set -u -o pipefail

# Everything runs from the root of the checkout, whatever the caller's folder.
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$ROOT" || exit 1

# Bazel keeps its output below the home folder, which bare containers lack.
if [ -z "${HOME:-}" ]; then
  HOME=$(getent passwd "$(id -u)" | cut -d: -f6)
  export HOME
fi

# Plain lines now and then, whether or not somebody watches.
BAZEL_UI=(--color=no --curses=no --noshow_loading_progress
          --show_progress_rate_limit=20)

say() { printf '== %s\n' "$*"; }

die() {
  printf '%s: %s\n' "$(basename "$0")" "$*" >&2
  exit 1
}

# Runs the rest of the line as root.
as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "needs root or sudo to run: $*"
  fi
}

# Minutes since $1, a value of $SECONDS.
minutes_since() {
  local seconds=$((SECONDS - $1))
  printf '%d:%02d' $((seconds / 60)) $((seconds % 60))
}

# What .bazelrc names as --disk_cache, in MiB at most: one run of .ci/run leaves
# some 13 GiB, and a smaller cache would take its own objects away from the next.
DISK_CACHE=$HOME/.cache/postern-bazel
DISK_CACHE_MB=${POSTERN_CACHE_MB:-16384}

# Takes away what was not used for the longest time, if the disk cache has grown
# beyond its bound: down to three quarters of it, so that this is seldom needed.
trim_disk_cache() {
  local megabytes
  [ -d "$DISK_CACHE" ] || return 0
  megabytes=$(du -sm "$DISK_CACHE" | cut -f 1)
  [ "$megabytes" -gt "$DISK_CACHE_MB" ] || return 0
  find "$DISK_CACHE" -type f -printf '%A@ %s %p\0' | sort -z -n -r |
    awk -v RS='\0' -v ORS='\0' -v keep=$((DISK_CACHE_MB * 3 / 4 * 1048576)) \
      '{ sum += $2; if (sum > keep) { sub(/^[^ ]* [^ ]* /, ""); print } }' |
    xargs -0 -r rm -f --
  say "disk cache: was $megabytes MiB, of $DISK_CACHE_MB at most; now" \
    "$(du -sm "$DISK_CACHE" | cut -f 1)"
}

# The targets that somebody outside of the project may depend on: those that a
# target of another repository sees.
public_targets() {
  bazel query --noshow_progress --noshow_loading_progress \
    'kind(rule, visible(@com_google_absl//absl/base:core_headers,
                        //... except //bazel/...))'
}

# All targets and what each depends on, as Bazel draws them.
target_graph() {
  bazel query --noshow_progress --noshow_loading_progress --noimplicit_deps \
    --nohost_deps --output=graph --nograph:factored 'deps(//...)'
}
