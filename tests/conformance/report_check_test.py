"""Whether report_check.py notices reports that do not tell what came of attempts."""

import json
import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.realpath(sys.argv.pop())))
import report_check  # pylint: disable=wrong-import-position

NO_RULE = report_check.NO_RULE
DENIES = ("grants", "/w/no", "p:2:1")
GRANTS = ("grants", "/w", "p:1:1")
QUESTION = report_check.Question("fs.read", "contents", "/a")


class FakeLibrary:
  """Grants /w, denies /w/no by a rule, and has no rule for the rest."""

  def prepare(self, questions):
    pass

  def rules(self, question, effect):
    resource = question.resource[0] if isinstance(
        question.resource, list) else str(question.resource)
    if resource.startswith("/w/no"):
      return {DENIES} if effect == "deny" else set()
    if resource.startswith("/w"):
      return {GRANTS, NO_RULE} if effect == "allow" else set()
    return {NO_RULE} if effect == "deny" else set()


def row(permission, operation, rule=NO_RULE, level="full", reason="exact", less=None):
  return {"permission": permission, "operation": operation,
          "requested": "allow" if rule == GRANTS else "deny", "layer": rule[0],
          "rule": rule[1], "source": rule[2], "level": level, "by": ["landlock"],
          "reason": reason, "grants_less": bool(less), "less": less or "exact"}


def ask(op, path, expect="denied", **more):
  permission = more.pop("permission", "fs.read")
  return {"id": "one", "op": op, "path": path, "expect": expect,
          "asks": ["%s %s" % (permission, path)] if path else [], **more}


def said(attempt, answer, rows, reasons=None):
  return report_check.check([attempt], {"one": answer},
                            report_check.Report({"rows": rows}), FakeLibrary(),
                            lambda _: reasons)


class ReportCheckTest(unittest.TestCase):

  def expect(self, lines, *words):
    self.assertEqual(len(lines), 1, lines)
    for word in words:
      self.assertIn(word, lines[0])

  def test_what_came_as_the_policy_says_needs_no_row(self):
    self.assertEqual(said(ask("fs.read", "/x"), ("denied", ""), []), [])
    self.assertEqual(said(ask("fs.read", "/w/a", "granted"), ("granted", ""), []), [])
    self.assertEqual(said(ask("fs.read", "/w/a", "granted"), ("unseen", ""), []), [])

  def test_full_is_a_lie_where_something_passed(self):
    full = row("fs.read", "contents")
    self.expect(said(ask("fs.read", "/x"), ("granted", ""), [full], ["exact"]),
                "one was granted, though the policy denies fs.read (contents) of /x",
                "all is held: fs.read (contents), what no rule grants: full")
    partial = row("fs.read", "contents", level="partial", reason="r")
    self.assertEqual(said(ask("fs.read", "/x"), ("granted", ""), [partial], ["r"]), [])

  def test_the_row_of_the_rule_that_denies_has_to_tell(self):
    rows = [row("fs.read", "contents", level="none", reason="r"),
            row("fs.read", "listing", DENIES, level="none", reason="r"),
            row("fs.read", "contents", DENIES)]
    self.expect(said(ask("fs.read", "/w/no/a"), ("granted", ""), rows, ["r"]),
                "deny /w/no: full")
    self.assertEqual(said(ask("fs.list", "/w/no"), ("granted", ""), rows, ["r"]), [])

  def test_what_is_refused_beyond_the_rules_has_to_be_told(self):
    attempt = ask("fs.write", "/w/a", "granted", permission="fs.write")
    rows = [row("fs.write", "contents", GRANTS),
            row("fs.write", "contents", less="new")]
    self.expect(said(attempt, ("denied", ""), rows, ["new"]),
                "one was refused, though the policy grants fs.write (contents)",
                "does not say so: fs.write (contents), allow /w: full")
    rows = [row("fs.write", "contents", GRANTS, less="new")]
    self.assertEqual(said(attempt, ("denied", ""), rows, ["new"]), [])
    self.assertEqual(said(attempt, ("error", "EIO"), rows, ["new"]), [])

  def test_the_reason_has_to_be_the_one_that_is_known(self):
    rows = [row("fs.read", "contents", level="none", reason="other")]
    self.expect(said(ask("fs.read", "/x"), ("granted", ""), rows, ["r"]),
                "gives another reason than: r", "none by landlock, other")
    self.expect(said(ask("fs.read", "/x"), ("granted", ""), rows), "another reason")
    self.assertEqual(said(ask("fs.read", "/x"), ("granted", ""), rows, []), [])

  def test_a_row_has_to_be_there(self):
    self.expect(said(ask("fs.read", "/x"), ("granted", ""), [], ["r"]), "no row")
    self.expect(said(ask("fs.read", "", by="a kind"), ("granted", ""), [], ["r"]),
                "denies it; the report has no row")

  def test_who_hears_that_there_is_no_such_name_knows_of_names(self):
    rows = [row("fs.read", "metadata")]
    self.expect(said(ask("fs.read", "/x"), ("error", "ENOENT no such file"), rows,
                     ["r"]), "(metadata) of /x")
    self.assertEqual(said(ask("fs.read", "/x"), ("error", "EIO"), rows, ["r"]), [])
    hidden = ask("fs.read", "/w/no", "error")
    self.expect(said(hidden, ("denied", ""), [row("fs.read", "metadata", DENIES)],
                     ["r"]), "(metadata) of /w/no")
    self.assertEqual(said(hidden, ("error", "ENOENT"), rows, ["r"]), [])
    listed = ask("fs.list", "/w", "granted", lacks=["no"])
    self.expect(said(listed, ("granted", "a\nno"),
                     [row("fs.read", "metadata", DENIES)], ["r"]), "of /w/no")

  def test_a_file_is_denied_by_its_other_name(self):
    attempt = ask("fs.read", "/w/a", by="identity",
                  needs=[["hardlink", "/w/no/a", "/w/a"]])
    self.expect(said(attempt, ("granted", ""), [row("fs.read", "contents", DENIES)],
                     ["r"]), "deny /w/no: full")

  def test_what_a_handle_denies_is_of_no_rule(self):
    attempt = ask("handle.chmod", "/w/a", by="handle")
    self.expect(said(attempt, ("granted", ""), [row("fs.write", "metadata")], ["r"]),
                "fs.write (metadata) of /w/a", "what no rule grants: full")

  def test_each_part_of_a_start_is_looked_at(self):
    attempt = {"id": "one", "op": "process.spawn", "expect": "denied",
               "asks": ["process.spawn /x 'a b'"]}
    rows = [row("process.spawn", "program", level="partial", reason="r"),
            row("process.spawn", "arguments")]
    self.expect(said(attempt, ("granted", ""), rows, ["r"]),
                "(arguments), what no rule", "['/x', 'a b']")


class LibraryTest(unittest.TestCase):

  def library(self, answers):
    """One that asks a program which always gives these."""
    with tempfile.TemporaryDirectory() as folder:
      with open(folder + "/postern", "w", encoding="utf-8") as file:
        file.write("#!/bin/sh\nwhile read x; do echo '%s'; done\n"
                   % json.dumps({"answers": answers}))
      os.chmod(folder + "/postern", 0o755)
      library = report_check.Library(folder + "/postern", "p")
      library.prepare([QUESTION])
      return library

  def test_the_rules_are_those_of_the_first_answer(self):
    rule = {"by_default": False, "layer": "l", "rule": "r", "source": "s"}
    denied = {"allowed": False, "layers": [
        {"effect": "deny", **rule}, {"effect": "deny", "by_default": True},
        {"effect": "allow", **rule, "rule": "other"}]}
    granted = {"allowed": True, "layers": [{"effect": "allow", **rule}]}
    library = self.library([denied, granted])
    self.assertEqual(library.rules(QUESTION, "deny"), {("l", "r", "s"), NO_RULE})
    self.assertEqual(library.rules(QUESTION, "allow"), set())
    library = self.library([granted, denied])
    self.assertEqual(library.rules(QUESTION, "deny"), set())
    self.assertEqual(library.rules(QUESTION, "allow"), {("l", "r", "s")})

  def test_words_are_read_as_in_tables(self):
    self.assertEqual(report_check.words_of(r"fs.read /a\b #c"),
                     ["fs.read", r"/a\b", "#c"])
    self.assertEqual(report_check.words_of("x 'a\nb' ''"), ["x", "a\nb", ""])


if __name__ == "__main__":
  unittest.main()
