"""Whether the report of "postern exec" says what the program observed.

The driver makes the attempts by bare calls, and the report of that very run says
how far the kernel holds each rule. The library tells which rules decide an access
("postern explain"). So of each attempt
- that succeeded though a rule denies it, no row about that rule says "full";
- that was refused though a rule grants it, a row about that rule says that less is
  granted.
"report" of a row of exceptions.jsonl has the reasons that they give; [] where there
is nothing to tell.
"""

import collections
import json
import os
import shlex
import subprocess

# What a row is about, and the resource to ask the library about.
Question = collections.namedtuple("Question", "permission part resource")
# A rule as rows name it; of what no rule grants.
NO_RULE = ("", "", "")
CAME = {"more": "granted, though the policy denies",
        "less": "refused, though the policy grants"}

# The parts of its permission that an operation needs.
PARTS = {"fs.create": ["contents", "entries"], "fs.list": ["listing"],
         "fs.watch": ["listing"], "net.connect": ["tcp"], "net.listen": ["tcp"],
         "net.send": ["udp"], "unix.connect": ["unix"], "unix.listen": ["unix"]}
for _name in ("read", "write", "append", "truncate", "copy"):
  PARTS["fs." + _name] = PARTS["handle." + _name] = ["contents"]
for _name in ("mkdir", "mkdtemp", "mkfifo", "rmdir", "remove", "remove_tree",
              "rename", "link", "symlink"):
  PARTS["fs." + _name] = ["entries"]

# Operations on what is known of a file: the permission whose metadata that is.
KNOWN = {"process.spawn": "fs.read"}  # where it starts
for _name in ("stat", "lstat", "access", "statfs", "realpath", "readlink", "chdir",
              "sync"):
  KNOWN["fs." + _name] = KNOWN["handle." + _name] = "fs.read"
for _name in ("chmod", "chown", "utimes", "setxattr"):
  KNOWN["fs." + _name] = KNOWN["handle." + _name] = "fs.write"


def words_of(ask):
  """As permission/analysis/decision_line.h reads them."""
  lexer = shlex.shlex(ask, posix=True)
  lexer.whitespace_split, lexer.escape, lexer.commenters = True, "", ""
  return list(lexer)


def accesses_of(attempt):
  """What decides an attempt: permissions with the words of their resources."""
  asks = [(words[0], words[1:]) for words in map(words_of, attempt["asks"])]
  linked = [(permission, [need[1]]) for need in attempt.get("needs", [])
            for permission, words in asks
            if need[0] == "hardlink" and need[2:] == words]
  sleeps = [("process.spawn", ["/usr/bin/sleep", "30"])]
  return asks + linked + (sleeps if attempt.get("pid") == "child" else [])


def questions_of(attempt):
  made = []
  for permission, words in accesses_of(attempt):
    op, kind = attempt["op"], permission.split(".")[0]
    resource = words if permission == "process.spawn" else (words or [None])[0]
    parts = ["all"]
    if kind == "fs" and op in KNOWN:
      permission, parts = KNOWN[op], ["metadata"]
    elif kind == "fs" or permission in ("net.connect", "net.listen"):
      parts = [part for part in PARTS.get(op, [])
               if (part in ("tcp", "udp", "unix")) == (kind == "net")]
    elif permission == "process.spawn":
      parts = ["program", "arguments"]
    made += [Question(permission, part, resource) for part in parts]
  return made


def names_of(attempt):
  """About whether there is what an attempt names."""
  paths = [words[0] for _, words in accesses_of(attempt)
           if words and words[0].startswith("/")]
  return [Question("fs.read", "metadata", path) for path in paths or ["/"]]


def shown_names(attempt, detail):
  """About the names that a list should not have had."""
  return [Question("fs.read", "metadata", os.path.join(attempt["path"], word))
          for word in attempt.get("lacks", []) if word in detail]


class Library:
  """What the library says under a policy, and by which rules."""

  def __init__(self, postern, policy):
    self._command = [postern, "explain", "--batch", "--json", "--policy", policy]
    self._said = {}

  @staticmethod
  def _line(question):
    asked = {"permission": question.permission, "resource": question.resource}
    return json.dumps({key: value for key, value in asked.items()
                       if value is not None})

  def prepare(self, questions):
    """Asks all of them at once."""
    lines = sorted({self._line(question) for question in questions})
    done = subprocess.run(self._command, input="".join(one + "\n" for one in lines),
                          text=True, stdout=subprocess.PIPE, check=False)
    self._said = dict(zip(lines, map(json.loads, done.stdout.splitlines())))

  def rules(self, question, effect):
    """The rules by which it is allowed, or denied; none if it is not."""
    answers = self._said[self._line(question)].get("answers")
    # The next one is about where the name leads; attempts say that themselves.
    if not answers or answers[0]["allowed"] != (effect == "allow"):
      return set()
    return {NO_RULE if layer["by_default"] else
            (layer["layer"], layer["rule"], layer["source"])
            for layer in answers[0]["layers"] if layer["effect"] == effect}


def tells_of_names(attempt, answer):
  """Whether an answer to what is denied says that something is there, or is not."""
  verdict, detail = answer
  if attempt["expect"] == "error":  # it is concealed
    return verdict == "denied"
  return verdict == "error" and detail.startswith("ENOENT")


def difference(attempt, answer, library):
  """"more" or "less" than the policy grants, and what about; None if neither."""
  verdict, detail = answer
  questions = questions_of(attempt)
  denied = attempt.get("by") or any(library.rules(one, "deny") for one in questions)
  if denied and verdict == "granted":
    return "more", questions
  if denied:
    return ("more", names_of(attempt)) if tells_of_names(attempt, answer) else None
  if verdict != "granted":
    return ("less", questions) if attempt["expect"] == "granted" else None
  shown = shown_names(attempt, detail)
  return ("more", shown) if shown else None


class Report:
  """The rows, by what they are about."""

  def __init__(self, told):
    self._rows = collections.defaultdict(list)
    for row in told["rows"]:
      self._rows[row["permission"], row["operation"], row["layer"], row["rule"],
                 row["source"]].append(row)

  def about(self, question, rules):
    return [row for rule in sorted(rules)
            for row in self._rows[question[:2] + rule]]

  @staticmethod
  def text(row):
    rule = "%s %s" % (row["requested"], row["rule"]) if row["layer"] else (
        "what no rule grants")
    return "%s (%s), %s: %s by %s, %s%s" % (
        row["permission"], row["operation"], rule, row["level"],
        ", ".join(row["by"]) or "nothing", row["reason"],
        ", less is granted: " + row["less"] if row["grants_less"] else "")


def rows_of(kind, questions, report, library):
  """The rows that have to tell of a difference."""
  if kind == "less":
    found = [(one, library.rules(one, "allow") - {NO_RULE}) for one in questions]
  else:
    found = [(one, library.rules(one, "deny")) for one in questions]
    if not any(rules for _, rules in found):  # what a handle or an attribute denies
      found = [(one, {NO_RULE}) for one in questions]
  return [row for one, rules in found for row in report.about(one, rules)]


def complaints(kind, rows, reasons):
  """What is wrong with these rows, and the row; None for no row."""
  if not rows:
    return [("the report has no row about it", None)]
  if kind == "more":
    wrong = [("the report says that all is held", row) for row in rows
             if row["level"] == "full"]
    told = {row["reason"] for row in rows}
  else:
    less = [row for row in rows if row["grants_less"]]
    wrong = [("the report does not say so", row) for row in rows if not less]
    told = {row["less"] for row in less}
  if wrong or told <= set(reasons):
    return wrong
  return [("the report gives another reason than: " + " ".join(reasons), row)
          for row in rows]


def check(attempts, answers, report, library, reasons_of):
  """Lines about attempts of which the report does not tell what came of them.

  `reasons_of` gives the reasons that exceptions.jsonl has for an attempt; None if
  it has none.
  """
  answered = [one for one in attempts
              if answers.get(one["id"], ("unseen", ""))[0] != "unseen"]
  library.prepare([question for one in answered for question in
                   questions_of(one) + names_of(one) +
                   shown_names(one, answers[one["id"]][1])])
  lines = []
  for attempt in answered:
    found = difference(attempt, answers[attempt["id"]], library)
    reasons = reasons_of(attempt)
    if found is None or reasons == []:
      continue
    kind, questions = found
    rows = rows_of(kind, questions, report, library)
    about = " and ".join("%s (%s) of %s" % one for one in questions) or "it"
    lines += ["%s was %s %s; %s%s" % (attempt["id"], CAME[kind], about, what,
                                      ": " + Report.text(row) if row else "")
              for what, row in complaints(kind, rows, reasons or [])]
  return lines


def check_run(world, postern, answers, reasons_of):
  """The same of a run that wrote its report to report.json of its world."""
  if not os.path.exists(world.path + "/report.json"):
    return ["there is no report"]
  with open(world.path + "/report.json", encoding="utf-8") as file:
    report = Report(json.load(file))
  library = Library(postern, world.path + "/policy.textproto")
  return check(world.attempts, answers, report, library, reasons_of)
