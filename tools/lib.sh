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
