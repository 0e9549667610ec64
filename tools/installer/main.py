"""tools/install: builds Postern and installs it below a prefix."""

import argparse
import os
import subprocess
import sys
import tempfile

import changes
import headers
import interruption
import manifest
import transaction
import tree

TARGETS = ("//bindings/c:libpostern", "//bindings/c:libpostern.so",
           "//bindings/cli:postern", "//tools/installer:libpostern-cpp")

# What the program starts, or has a runtime load.
ADAPTERS = ("//bindings/node:package", "//bindings/python:postern-python")

EXAMPLES = """\
examples:
  tools/install --prefix ~/postern
  tools/install --prefix /usr --destdir /tmp/package
  tools/install --prefix ~/postern --uninstall

Installs over an older one; files that are no more go. If something fails, or
on a signal, everything is as it was before. Nothing is written outside of the
prefix but what Bazel builds. The result may be moved elsewhere as a whole.
docs/install.md tells how to use it from C, C++, CMake, Bazel, Go and Rust.
"""


def arguments():
  parser = argparse.ArgumentParser(
      prog="tools/install", description="Builds and installs Postern.",
      epilog=EXAMPLES, allow_abbrev=False,
      formatter_class=argparse.RawDescriptionHelpFormatter)
  parser.add_argument("--prefix", required=True, metavar="P",
                      help="absolute path of the folder to install below")
  parser.add_argument("--destdir", default="", metavar="D",
                      help="put before the prefix, to make a package")
  parser.add_argument("--uninstall", action="store_true",
                      help="take away what was installed below the prefix")
  result = parser.parse_args()
  for name in ("prefix", "destdir"):
    value = getattr(result, name)
    if name == "prefix" or value:
      problem = _problem(value)
      if problem:
        parser.error(f"--{name}: expected an absolute path such as "
                     f"/usr/local, and \"{value}\" {problem}")
  return result


def _problem(path):
  if not path.startswith("/"):
    return "is relative" if path else "is empty"
  if ".." in path.split("/"):
    return "has \"..\" in it"
  if any(ord(letter) < 32 for letter in path):
    return "has a control character in it"
  return None


def say(text):
  print(f"install: {text}", flush=True)


def build(root):
  """Bazel's output folder, with everything in it that is installed."""
  subprocess.run(["bazel", "build", "-c", "opt", "--color=no", "--curses=no",
                  "--noshow_progress", *TARGETS, *ADAPTERS], cwd=root, check=True,
                 stdin=subprocess.DEVNULL)
  return subprocess.run(["bazel", "info", "-c", "opt", "bazel-bin"], cwd=root,
                        check=True, stdout=subprocess.PIPE, text=True,
                        stderr=subprocess.DEVNULL).stdout.strip()


def adapter_files(root):
  """Those that the build has made, below bindings/."""
  words = [f"labels(outs, {target})" for target in ADAPTERS]
  text = subprocess.run(
      ["bazel", "query", "--noshow_progress", " + ".join((*words, *ADAPTERS))],
      cwd=root, check=True, stdout=subprocess.PIPE, text=True,
      stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL).stdout
  labels = [line for line in text.splitlines() if line != ADAPTERS[0]]
  files = [line.removeprefix("//bindings/").replace(":", "/") for line in labels]
  if not any(name.endswith(".node") for name in files):
    say("without the adapter for Node: tools/runtimes found no headers for it")
    files = [name for name in files if not name.startswith("node/")]
  return files


def run(options, checkout):
  root = os.path.normpath(options.destdir + options.prefix)
  if options.uninstall:
    gone, changed = changes.uninstall(root, say)
    for path in changed:
      say(f"was changed since, and stays: {os.path.join(root, path)}")
    say(f"took {gone} files away from {root}")
    return
  with tempfile.TemporaryDirectory() as work:
    what = tree.make(checkout, tree.Built(build(checkout)),
                     adapter_files(checkout), work)
    files, stale = changes.install(root, what, say)
  say(f"{files} files in {root}" +
      (f"; {stale} older ones went" if stale else ""))


def main():
  options = arguments()
  checkout = os.path.dirname(os.path.dirname(os.path.dirname(
      os.path.abspath(__file__))))
  interruption.heed_signals()
  os.umask(0o022)  # for what is built; what is installed does not depend on it
  try:
    run(options, checkout)
  except subprocess.CalledProcessError as error:
    sys.exit(f"install: {error.cmd[0]} failed; nothing was changed")
  except (changes.Refused, headers.NotPublic, manifest.BadManifest,
          transaction.Busy, tree.Missing) as error:
    sys.exit(f"install: {error}; nothing was changed")
  except (interruption.Interrupted, OSError) as error:
    sys.exit(f"install: {error}; everything is as it was before")


if __name__ == "__main__":
  main()
