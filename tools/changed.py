"""Prints what a change can affect, for `tools/test --changed`.

usage: changed.py REV
Compares the working tree, with files that git does not track yet, to REV.
Prints a Bazel query expression for the targets that may turn out differently;
nothing if there are none; "all" if it may be everything.
"""

import os
import re
import subprocess
import sys

# What every target depends on.
EVERYTHING = re.compile(r"^(WORKSPACE|MODULE\.bazel|BUILD\.bazel|\.bazelrc"
                        r"|\.bazelignore|bazel/.*)$")


def git(*arguments):
  done = subprocess.run(["git", *arguments], stdout=subprocess.PIPE, text=True)
  if done.returncode != 0:
    sys.exit(2)
  return [name for name in done.stdout.split("\0") if name]


def package_of(name):
  """Returns the folder of the package that a file belongs to, or None."""
  folder = os.path.dirname(name)
  while True:
    if os.path.exists(os.path.join(folder, "BUILD.bazel")):
      return folder
    if not folder:
      return None
    folder = os.path.dirname(folder)


def packages_that_name(name):
  """Returns the packages whose BUILD file says the name of a .bzl file."""
  return [os.path.dirname(build) for build in git("ls-files", "-z", "*BUILD.bazel")
          if os.path.basename(name) in open(build, encoding="utf-8").read()]


def expression_of(name):
  """Returns the query for what a file may affect, or None."""
  package = package_of(name)
  if package is None:
    return None
  label = f"//{package}:{os.path.relpath(name, package or '.')}"
  if os.path.basename(name) == "BUILD.bazel":
    return f"//{package}:all"
  if name.endswith(".bzl"):
    return " + ".join(f"//{p}:all" for p in packages_that_name(name)) or None
  if not os.path.exists(name):
    return f"//{package}:all"  # whoever named it names something else now
  # A file that no rule names is no target, and nothing depends on it.
  known = subprocess.run(
      ["bazel", "query", "--noshow_progress", "--noshow_loading_progress",
       label], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
  return f"'{label}'" if known.returncode == 0 else None


def main():
  if len(sys.argv) != 2:
    sys.exit(__doc__)
  names = set(git("diff", "--name-only", "--no-renames", "-z", sys.argv[1], "--"))
  names |= set(git("ls-files", "--others", "--exclude-standard", "-z"))
  if any(EVERYTHING.match(name) for name in names):
    print("all")
    return
  expressions = [expression_of(name) for name in sorted(names)]
  expressions = [each for each in expressions if each]
  if expressions:
    print(f"rdeps(//..., {' + '.join(expressions)})")


if __name__ == "__main__":
  main()
