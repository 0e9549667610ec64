"""Makes every attempt in every host, and compares; README.md describes it.

usage: run.py --bin FOLDER [--host NAME]... [--page FILE] [--verbose]
              [--hosts FILE] [--exceptions FILE]
       run.py --targets [--host NAME]...
  --targets      the Bazel targets that the hosts need, one a line
  --bin FOLDER   Bazel's folder of what is built ("bazel info bazel-bin")
  --host NAME    only this host; may be repeated
  --page FILE    puts the matrix into this page, between its two markers
  --hosts FILE, --exceptions FILE
                 others than those that lie here
  --verbose      also shows what each driver writes to its error output

Prints a matrix, then each attempt that differs. The last line is "N passed, N
failed, N skipped": attempts, and for a host that is not here one that is skipped.
"""

import argparse
import collections
import fnmatch
import json
import os
import signal
import subprocess
import sys

import report_check
import world as worlds

HERE = os.path.dirname(os.path.realpath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
SECONDS = 120  # for one host
VERDICTS = ("granted", "denied", "error", "unseen")
BEGIN, END = "<!-- matrix -->", "<!-- end of matrix -->"


def read_lines(path):
  with open(path, encoding="utf-8") as file:
    return [json.loads(line) for line in file if line.strip()]


class Missing(Exception):
  """A host that this machine lacks."""


def runtimes():
  """What tools/runtimes has put on this machine: name to path."""
  tool = os.path.join(ROOT, "tools", "runtimes")
  if not os.path.exists(tool):
    return {}
  done = subprocess.run(["bash", tool, "--print"], check=False,
                        capture_output=True, text=True)
  lines = [line.split(" ", 1) for line in done.stdout.splitlines()]
  return {name: path for name, path in lines if os.access(path, os.X_OK)}


def command_of(host, folder, world):
  """The words that start a host's driver; Missing if something is not here."""
  places = {"bin": folder, "world": world.path, "root": ROOT,
            "drivers": os.path.join(HERE, "drivers"), **runtimes()}
  words = []
  for word in host["command"] + host.get("needs", []):
    for name in ("node20", "node26", "deno"):
      if "{%s}" % name in word and name not in places:
        raise Missing("no %s; tools/setup gets it from npm" % name)
    words.append(word.format(**places))
  count = len(host["command"])
  for path in words[:1] + words[count:]:
    if not os.path.exists(path):
      raise Missing(path + " is not there")
  return (words[:count] + [world.path + "/attempts.jsonl", world.path] +
          host.get("arguments", []))


def environment(world):
  kept = {name: os.environ[name]
          for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "POSTERN_RUNTIMES")
          if name in os.environ}
  return {"PATH": "/usr/bin:/bin", "HOME": world.path + "/home",
          "LC_ALL": "C.UTF-8", "APP_COLOR": "blue", "APP_SECRET_KEY": "key",
          "APP_DROPPED": "1", "SECRET_TOKEN": "hush", **kept}


def answers_of(host, folder, world, verbose):
  """What the driver printed, by id, and what is wrong with it."""
  command = command_of(host, folder, world)
  trouble = []
  started = subprocess.Popen(command, cwd=world.path + "/app",
                             env=environment(world), stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             start_new_session=True)
  try:
    out, errors = started.communicate(timeout=SECONDS)
  except subprocess.TimeoutExpired:
    trouble.append("the driver took more than %d seconds" % SECONDS)
    # With all that it started, which may hold its output open.
    os.killpg(started.pid, signal.SIGKILL)
    out, errors = started.communicate()
  if started.returncode != 0:
    trouble.append("the driver ended with %d" % started.returncode)
  errors = errors.decode(errors="replace")
  if verbose or trouble:
    print(errors[-4000:], file=sys.stderr)
  answers = {}
  for line in out.decode(errors="replace").splitlines():
    try:
      answer = json.loads(line)
      if answer["id"] in answers or answer["verdict"] not in VERDICTS:
        raise ValueError
      answers[answer["id"]] = (answer["verdict"], str(answer.get("detail", "")))
    except (ValueError, KeyError, TypeError):
      trouble.append("no answer, or a second one: " + line[:200])
  known = {attempt["id"] for attempt in world.attempts}
  trouble += ["an answer to no attempt: " + one for one in answers.keys() - known]
  return answers, trouble


def difference(attempt, answer):
  """Why an answer is not what is expected; None if it is."""
  verdict, detail = answer
  expect = attempt["expect"]
  if verdict != expect and not (expect == "refused" and
                                verdict in ("denied", "error")):
    return verdict
  if verdict == "error" and attempt.get("error", "") not in detail:
    return "another error"
  if verdict == "granted" and attempt.get("gives", "") not in detail:
    return "other contents"
  if any(word in detail for word in attempt.get("lacks", [])):
    return "too much shown"
  if any(not worlds.World.effect(check) for check in attempt.get("after", [])):
    return "another effect"
  return None


class Exceptions:
  """Documented differences; each has to be of use for each host it names."""

  def __init__(self, path):
    self._rows = read_lines(path)
    self._used = set()

  def covers(self, host, attempt, how):
    found = False
    for number, row in enumerate(self._rows):
      if host not in row["hosts"] or row["verdict"] != how:
        continue
      for pattern in row["ids"]:
        if fnmatch.fnmatchcase(attempt["id"], pattern):
          self._used.add((number, host, pattern))
          found = True
    return found

  def excuses(self, host, name):
    """Whether a row says that this name in the world is changed because of it."""
    found = False
    for number, row in enumerate(self._rows):
      if host in row["hosts"] and name in row.get("changes", []):
        self._used.add((number, host, name))
        found = True
    return found

  def reasons(self, host, attempt, how):
    """Those that the report gives for this difference; None if no row has them."""
    for row in self._rows:
      if host in row["hosts"] and row["verdict"] == how and "report" in row and any(
          fnmatch.fnmatchcase(attempt["id"], pattern) for pattern in row["ids"]):
        return row["report"]
    return None

  def lines(self):
    """The rows as a table: what which hosts say otherwise, and who holds it."""
    rows = [["hosts", "attempts", "verdict", "closed by", "why"], ["---"] * 5]
    rows += [[", ".join(row["hosts"]), " ".join("`%s`" % one for one in row["ids"]),
              row["verdict"], row["closed_by"] or self._unclosed(row), row["why"]]
             for row in self._rows]
    return ["| " + " | ".join(row) + " |" for row in rows]

  @staticmethod
  def _unclosed(row):
    narrower = row["verdict"] in ("unseen", "denied", "error", "another error")
    return "nothing is open" if narrower else "nothing"

  def stale(self, hosts):
    return ["exception %d, \"%s\" of host %s, matches no difference"
            % (number + 1, pattern, host)
            for number, row in enumerate(self._rows)
            for host in row["hosts"] if host in hosts
            for pattern in row["ids"] + row.get("changes", [])
            if (number, host, pattern) not in self._used]


class Table:
  """Counts by class and host."""

  def __init__(self, attempts):
    self.classes = collections.Counter(a["class"] for a in attempts)
    self.hosts = []
    self._cells = collections.defaultdict(collections.Counter)

  def add(self, host, attempt, how):
    self._cells[attempt["class"], host][how] += 1

  def differing(self):
    return sum(cell["DIFFER"] for cell in self._cells.values())

  def passing(self):
    return sum(sum(cell.values()) for cell in self._cells.values()) - (
        self.differing())

  def _cell(self, name, host):
    cell = self._cells[name, host]
    parts = [str(cell["same"])]
    parts += ["%d %s" % (cell[how], how)
              for how in ("unseen", "documented", "DIFFER") if cell[how]]
    return ", ".join(parts)

  def lines(self):
    head = ["class", "attempts"] + self.hosts
    rows = [head, ["---"] * len(head)]
    rows += [[name, str(count)] + [self._cell(name, host)
                                   for host in self.hosts]
             for name, count in self.classes.items()]
    rows.append(["all", str(sum(self.classes.values()))] +
                [self._total(host) for host in self.hosts])
    return ["| " + " | ".join(row) + " |" for row in rows]

  def _total(self, host):
    total = collections.Counter()
    for name in self.classes:
      total += self._cells[name, host]
    self._cells["all", host] = total
    text = self._cell("all", host)
    del self._cells["all", host]
    return text


def judge(host, like, attempts, answers, exceptions, table, breaks):
  """Fills the table in; returns lines about what differs without a row.

  Rows of `like` are rows of this host.
  Where a guest breaks its own language (`breaks`), whatever comes of what it is
  granted is its own affair: only what it is not granted counts.
  """
  lines, missing = [], [a["id"] for a in attempts if a["id"] not in answers]
  if missing:
    lines.append("%s: no answer to %d attempts, the first is %s"
                 % (host, len(missing), missing[0]))
  for attempt in attempts:
    answer = answers.get(attempt["id"])
    if answer is None:
      table.add(host, attempt, "DIFFER")
      continue
    if breaks and (attempt["expect"] == "granted" or answer[0] != "granted"):
      if attempt["expect"] != "granted":
        table.add(host, attempt, "same")
      continue
    how = difference(attempt, answer)
    if how is None:
      table.add(host, attempt, "same")
    elif exceptions.covers(like, attempt, how):
      table.add(host, attempt, "unseen" if how == "unseen" else "documented")
    else:
      table.add(host, attempt, "DIFFER")
      lines.append("%s %s: expected %s, was %s (%s); %s" % (
          host, attempt["id"], attempt["expect"], how, answer[1][:160],
          attempt["why"]))
  return lines


def try_host(host, options, attempts, exceptions, table):
  """Returns lines about what is wrong, or raises Missing."""
  world = worlds.World(attempts, os.path.join(HERE, "policy.textproto"),
                       host.get("rules", []))
  try:
    answers, trouble = answers_of(host, options.bin, world, options.verbose)
    name = host["host"]
    like = host.get("like", name)
    lines = judge(name, like, world.attempts, answers, exceptions, table,
                  "breaks" in host)
    trouble += world.damage(lambda change: exceptions.excuses(like, change))
    if host.get("reports"):
      trouble += report_check.check_run(
          world, host["command"][0].format(bin=options.bin), answers,
          lambda attempt: exceptions.reasons(
              like, attempt, difference(attempt, answers[attempt["id"]])))
    return lines + ["%s: %s" % (name, line) for line in trouble]
  finally:
    world.close()


def put_into_page(page, lines):
  with open(page, encoding="utf-8") as file:
    before, rest = file.read().split(BEGIN)
  text = before + BEGIN + "\n" + "\n".join(lines) + "\n" + END + rest.split(END)[1]
  with open(page, "w", encoding="utf-8") as file:
    file.write(text)


def main():
  parser = argparse.ArgumentParser(usage=__doc__, add_help=False)
  parser.add_argument("--bin")
  parser.add_argument("--host", action="append")
  parser.add_argument("--page")
  parser.add_argument("--hosts", default=os.path.join(HERE, "hosts.jsonl"))
  parser.add_argument("--exceptions",
                      default=os.path.join(HERE, "exceptions.jsonl"))
  parser.add_argument("--verbose", action="store_true")
  parser.add_argument("--targets", action="store_true")
  options = parser.parse_args()
  hosts = [host for host in read_lines(options.hosts)
           if not options.host or host["host"] in options.host]
  if options.targets:
    print("\n".join(sorted({one for host in hosts for one in host["targets"]})))
    return 0
  attempts = read_lines(os.path.join(HERE, "attempts.jsonl"))
  exceptions, table = Exceptions(options.exceptions), Table(attempts)
  wrong, skipped = [], 0
  for host in hosts:
    try:
      wrong += try_host(host, options, attempts, exceptions, table)
      table.hosts.append(host["host"])
    except Missing as missing:
      print("skipped: %s: %s" % (host["host"], missing))
      skipped += 1
  wrong += exceptions.stale(table.hosts)
  print("\n".join(table.lines() + wrong))
  if options.page:
    put_into_page(options.page, table.lines() + [""] + exceptions.lines())
  failed = max(len(wrong), table.differing())
  print("%d passed, %d failed, %d skipped" %
        (table.passing(), failed, skipped))
  return 1 if wrong or not hosts else 0


if __name__ == "__main__":
  sys.exit(main())
