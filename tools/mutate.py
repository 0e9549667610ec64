"""Makes small mistakes in the source and counts those that the tests notice.

Each mutant is one mistake: a condition turned, an early return never taken, an
operand, a call or an assignment left out, "<" for "<=", true for false, a case
of a switch taken for another. Drawn by a seed, as many for each folder as
--sample says, they are built into a copy of the tree, all at once, behind a
switch; then the nearest tests run for each: those that depend on the mutated
file and lie in the folder of tests that mirrors its own, or name its library;
if there are none, those that come to it by the fewest libraries between. A test
that fails, crashes or takes too long kills the mutant. What survives shows what
no test asks for, or a change that makes no difference.
The exit code is 1 if a mutant survived, 2 if something went wrong.
"""

import argparse
import collections
import concurrent.futures
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

import mutant_sites

FOLDERS = ["fs", "net", "net/csp", "permission", "permission/internal",
           "permission/guard", "permission/approval", "bindings/c",
           "bindings/lua"]
INCLUDE = [".", "bazel-bin", "/usr/include/lua5.4"]
COPY = os.path.expanduser("~/.cache/postern-mutate")  # --copy says otherwise
BAZEL = ["--color=no", "--curses=no", "--noshow_progress",
         "--noshow_loading_progress"]
# What takes longer is not asked: each survivor would wait for it.
MAX_TEST_SECONDS = 60
# How many libraries may stand between a file and a test that is near for want
# of a nearer one.
MAX_DEPTH = 8
# Many cases prove that engine and oracle agree; a mistake shows in few.
ENVIRONMENT = {"POSTERN_CASES": "100000", "GTEST_FAIL_FAST": "1",
               "GTEST_BRIEF": "1", "GTEST_COLOR": "no"}

Test = collections.namedtuple("Test", "label seconds")
Result = collections.namedtuple("Result", "site killer")


def say(text):
  print(text, file=sys.stderr, flush=True)


def stop(text):
  say(f"mutate: {text}")
  sys.exit(2)


def run(command, **options):
  return subprocess.run(command, stdout=subprocess.PIPE, text=True, **options)


def sources(paths):
  """Returns the .cc files of the paths, by folder; no folders below."""
  files = collections.defaultdict(list)
  for path in paths:
    path = os.path.normpath(path)
    if os.path.isdir(path):
      found = [os.path.join(path, name) for name in sorted(os.listdir(path))]
    elif os.path.isfile(path):
      found = [path]
    else:
      stop(f'there is no "{path}"')
    for name in found:
      if name.endswith(".cc") and not name.endswith("_test.cc"):
        files[os.path.dirname(name)].append(name)
  if not files:
    stop("no .cc file there")
  return files


def changed_lines(revision):
  """Returns the set of (file, line) that differ from the commit."""
  done = run(["git", "diff", "-U0", "--no-renames", revision, "--", "*.cc"])
  if done.returncode != 0:
    stop(f'cannot compare with "{revision}"')
  lines, name = set(), None
  for line in done.stdout.splitlines():
    if line.startswith("+++ "):
      name = line[6:]
    hunk = re.match(r"@@ -\S+ \+(\d+)(?:,(\d+))? @@", line)
    if hunk and name:
      first, count = int(hunk[1]), int(hunk[2] or 1)
      lines |= {(name, n) for n in range(first, first + count)}
  return lines


def sites_of(name):
  try:
    return mutant_sites.Finder(name, INCLUDE).sites
  except mutant_sites.Unreadable as problem:
    stop(f"{problem}; bazel build //{os.path.dirname(name)}:all makes the"
         " headers that are generated")


def draw(files, options):
  """Returns the sites to try, by folder."""
  chosen = {}
  lines = changed_lines(options.changed) if options.changed else None
  for folder, names in files.items():
    if lines is not None:
      names = [name for name in names if any(n == name for n, _ in lines)]
    found = []
    for name in names:
      found += sites_of(name)
    if lines is not None:
      found = [s for s in found if (s.path, s.line) in lines]
    dice = random.Random(f"{options.seed} {folder}")
    if len(found) > options.sample:
      found = dice.sample(found, options.sample)
    if found:
      chosen[folder] = sorted(found, key=lambda s: (s.path, s.line, s.column))
      say(f"{folder}: {len(found)} mutants drawn")
  return chosen


def copy_tree():
  """Brings the working tree to COPY, where the mutants are built."""
  # What is not part of the tree is removed there: no other folder will do.
  there = os.listdir(COPY) if os.path.exists(COPY) else []
  if there and ("WORKSPACE" not in there or ".git" in there):
    stop(f'"{COPY}" is not empty, and no copy of an earlier run')
  names = run(["git", "ls-files", "-z", "--cached", "--others",
               "--exclude-standard"]).stdout.split("\0")
  kept = set()
  for name in names:
    if not name or not os.path.isfile(name):
      continue
    kept.add(name)
    there = os.path.join(COPY, name)
    os.makedirs(os.path.dirname(there), exist_ok=True)
    same = os.path.exists(there) and open(there, "rb").read() == open(
        name, "rb").read()
    if not same:
      shutil.copy(name, there)
  for folder, below, files in os.walk(COPY):
    below[:] = [b for b in below if not b.startswith("bazel-")]
    for name in files:
      path = os.path.relpath(os.path.join(folder, name), COPY)
      if path not in kept:
        os.remove(os.path.join(COPY, path))


def write_mutants(chosen):
  """Puts the switches into the copy; returns the sites by number."""
  numbered, by_file = {}, collections.defaultdict(list)
  for sites in chosen.values():
    for site in sites:
      number = len(numbered) + 1
      numbered[number] = site
      by_file[site.path].append((number, site))
  for path, sites in by_file.items():
    with open(path, "rb") as file:
      source = file.read()
    with open(os.path.join(COPY, path), "wb") as file:
      file.write(mutant_sites.mutate(source, sites))
  return numbered, sorted(by_file)


def query(expression):
  done = run(["bazel", "query", "--noshow_progress",
              "--noshow_loading_progress", "--keep_going", expression],
             cwd=COPY, stderr=subprocess.DEVNULL)
  return done.stdout.split()


def nearest_tests(path):
  """Returns the labels of the tests to ask about a file, nearest first."""
  folder, name = os.path.split(path)
  # A folder below without tests of its own is tested from the one above.
  place = folder
  while not os.path.exists(os.path.join(COPY, "tests", place, "BUILD.bazel")):
    place = os.path.dirname(place)
  # The file, its library, the test: who tests it from elsewhere.
  depth, found = 2, []
  while not found and depth <= MAX_DEPTH:
    found = query(
        f"let near = tests(rdeps(//tests/{place}:all, //{folder}:{name})) in"
        f" let named = tests(rdeps(//tests/..., //{folder}:{name}, {depth})) in"
        " let all = $near + $named in $all"
        " except attr(tags, 'mutant|browser|fuzz', $all)"
        " except attr(args, '\\w', $all)")
    depth += 1
  return found


def build(files, labels):
  say(f"building {len(labels)} tests with {len(files)} mutated files")
  flags = [f"--per_file_copt=^{re.escape(f)}$@-w" for f in files]
  done = run(["bazel", "build", "--compilation_mode=opt", *BAZEL, *flags,
              "--", *labels], cwd=COPY, stderr=subprocess.STDOUT)
  if done.returncode != 0:
    say(done.stdout[-6000:])
    stop("the mutants do not build")


class Runner:
  """Runs tests in Bazel's sandbox, where only a folder of theirs can change.

  A mutant may remove or overwrite what it finds, and this is often root.
  """

  def __init__(self):
    base = run(["bazel", "info", "install_base"], cwd=COPY,
               stderr=subprocess.DEVNULL).stdout.strip()
    self.sandbox = os.path.join(base, "linux-sandbox")
    self.bin = run(["bazel", "info", "--compilation_mode=opt", "bazel-bin"],
                   cwd=COPY, stderr=subprocess.DEVNULL).stdout.strip()
    if not os.access(self.sandbox, os.X_OK):
      stop("Bazel's linux-sandbox is not there")

  def passes(self, label, number, seconds):
    program = os.path.join(self.bin, label[2:].replace(":", "/"))
    files = program + ".runfiles"
    os.makedirs(COPY + ".tmp", exist_ok=True)
    with tempfile.TemporaryDirectory(dir=COPY + ".tmp") as work:
      environment = {
          **ENVIRONMENT, "PATH": os.environ["PATH"], "HOME": work,
          "TEST_TMPDIR": work, "TMPDIR": work, "TEST_SRCDIR": files,
          "RUNFILES_DIR": files, "TEST_WORKSPACE": "postern",
          "POSTERN_MUTANT": str(number)}
      command = [self.sandbox, "-w", work, "-w", "/dev/shm", "-e", "/tmp", "-W",
                 os.path.join(files, "postern"), "-T", str(int(seconds)),
                 "-t", "1", "--", program]
      done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL,
                            stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL)
    return done.returncode == 0

  def measure(self, label):
    """Returns the Test of a run without a mutant; None if it is of no use."""
    start = time.monotonic()
    passed = self.passes(label, 0, MAX_TEST_SECONDS)
    seconds = time.monotonic() - start
    if not passed and seconds >= MAX_TEST_SECONDS:
      say(f"left out: {label} takes longer than {MAX_TEST_SECONDS} s: what only"
          " it would notice counts as survived")
    elif not passed:
      say(f"left out: {label} fails without a mutant")
    return Test(label, seconds) if passed else None

  def killer(self, number, tests):
    """Returns the test that notices the mutant, or None."""
    for test in tests:
      if not self.passes(test.label, number, 10 + 8 * test.seconds):
        return test.label
    return None


def order_tests(runner, by_file):
  """Measures each test, and returns those to ask for each file, in order.

  Measured side by side, as the mutants are tried.
  """
  labels = sorted({l for labels in by_file.values() for l in labels})
  with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
    tests = dict(zip(labels, pool.map(runner.measure, labels)))
  known = [test for test in tests.values() if test]
  say(f"{len(known)} tests take {sum(t.seconds for t in known):.0f} s together")
  out = {}
  for path, labels in by_file.items():
    stem = os.path.basename(path)[:-3]
    out[path] = sorted((tests[l] for l in labels if tests[l]),
                       key=lambda t: (stem not in t.label, t.seconds))
  return out


def try_all(runner, numbered, tests, deadline):
  """Yields a Result for each mutant, as long as there is time."""
  def one(number):
    if deadline and time.monotonic() > deadline:
      return None
    site = numbered[number]
    return Result(site, runner.killer(number, tests[site.path]))

  order = list(numbered)
  random.Random(1).shuffle(order)  # a run that is cut short is a sample too
  with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
    for done, result in enumerate(pool.map(one, order), 1):
      if result is None:
        continue
      if result.killer is None:
        say(f"survived: {describe(result.site)}")
      if done % 20 == 0:
        say(f"{done} of {len(order)} mutants tried")
      yield result


def describe(site):
  return f"{site.path}:{site.line}:{site.column}: {site.what}: {site.text}"


def report(results, drawn, as_json):
  survivors = sorted(
      (r.site for r in results if r.killer is None),
      key=lambda s: (s.path, s.line, s.column))
  rows = []
  for folder, sites in drawn.items():
    own = [r for r in results if os.path.dirname(r.site.path) == folder]
    killed = sum(r.killer is not None for r in own)
    rows.append({"folder": folder, "drawn": len(sites), "tried": len(own),
                 "killed": killed})
  if as_json:
    print(json.dumps({"folders": rows, "survivors": [
        {"file": s.path, "line": s.line, "column": s.column, "change": s.what}
        for s in survivors]}, indent=2))
    return survivors
  for site in survivors:
    print(f"SURVIVED {describe(site)}")
  print(f"{'folder':<24} {'tried':>5} {'killed':>6}  score")
  for row in rows:
    share = f"{100 * row['killed'] / row['tried']:.0f} %" if row["tried"] else "-"
    print(f"{row['folder']:<24} {row['tried']:>5} {row['killed']:>6}  {share}")
    if row["tried"] < row["drawn"]:
      print(f"  {row['drawn'] - row['tried']} more were drawn but not tried:"
            " the time was up")
  return survivors


def parse_arguments():
  parser = argparse.ArgumentParser(
      prog="tools/mutate", description=__doc__,
      formatter_class=argparse.RawDescriptionHelpFormatter)
  parser.add_argument("paths", nargs="*", metavar="PATH",
                      help="folders and .cc files; " + ", ".join(FOLDERS) +
                      " unless said")
  parser.add_argument("--changed", metavar="REV",
                      help="only lines that differ from the commit REV")
  parser.add_argument("--minutes", type=float, metavar="N",
                      help="begin no more mutants after N minutes")
  parser.add_argument("--sample", type=int, default=60, metavar="N",
                      help="mutants a folder at most (60)")
  parser.add_argument("--seed", type=int, default=1, metavar="N",
                      help="which ones are drawn (1)")
  parser.add_argument("--list", action="store_true",
                      help="print the mutants that would be tried, and end")
  parser.add_argument("--percent", type=int, default=100, metavar="N",
                      help="random tests go through so many of their cases (100);"
                      " for folders whose tests are slow")
  parser.add_argument("--json", action="store_true")
  parser.add_argument("--copy", metavar="DIR", default=COPY,
                      help="where the mutants are built: another folder for"
                      f" each run at the same time ({COPY})")
  return parser.parse_args()


def main():
  global COPY
  options = parse_arguments()
  COPY = os.path.abspath(options.copy)
  ENVIRONMENT["POSTERN_PERCENT"] = str(options.percent)
  deadline = options.minutes and time.monotonic() + 60 * options.minutes
  drawn = draw(sources(options.paths or FOLDERS), options)
  if not drawn:
    stop("there is nothing to mutate")
  if options.list:
    for site in [s for sites in drawn.values() for s in sites]:
      print(describe(site))
    return
  copy_tree()
  numbered, files = write_mutants(drawn)
  by_file = {path: nearest_tests(path) for path in files}
  for path in [p for p, labels in by_file.items() if not labels]:
    say(f"no test depends on {path}: its mutants survive")
  labels = sorted({l for labels in by_file.values() for l in labels})
  if not labels:
    stop("no test depends on these files")
  build(files, labels)
  runner = Runner()
  tests = order_tests(runner, by_file)
  results = list(try_all(runner, numbered, tests, deadline))
  if report(results, drawn, options.json):
    sys.exit(1)


if __name__ == "__main__":
  main()
