"""Whether run.py notices drivers that lie, break things, or end too early.

Each driver here is a few lines that know what is expected, and do nothing.
"""

import json
import os
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.realpath(sys.argv.pop()))
LIST = os.path.join(HERE, "attempts.jsonl")
# What every driver begins with; the list says what would be right.
HEAD = """
import json, os, shutil, socket, sys
known = [json.loads(line) for line in open(%r)]
world = sys.argv[2]
def say(attempt, verdict=None):
  right = {"refused": "denied"}.get(attempt["expect"], attempt["expect"])
  print(json.dumps({"id": attempt["id"], "verdict": verdict or right,
                    "detail": attempt.get("gives", attempt.get("error", ""))}))
""" % LIST
ALL = "for attempt in known: say(attempt)\n"
FIRST = "name-plain"  # of the list


class RunTest(unittest.TestCase):

  def run_it(self, code, exceptions=(), command=None, **more):
    with tempfile.TemporaryDirectory() as folder:
      driver = folder + "/driver.py"
      with open(driver, "w", encoding="utf-8") as file:
        file.write(HEAD + code)
      host = {"host": "fake", "targets": [],
              "command": command or [sys.executable, driver], **more}
      for name, lines in [("hosts", [host]), ("exceptions", exceptions)]:
        with open(folder + "/" + name, "w", encoding="utf-8") as file:
          file.writelines(json.dumps(line) + "\n" for line in lines)
      done = subprocess.run(
          [sys.executable, "-B", HERE + "/run.py", "--bin", folder, "--hosts",
           folder + "/hosts", "--exceptions", folder + "/exceptions"],
          capture_output=True, text=True, check=False)
      return done.returncode, done.stdout

  def expect_line(self, said, *words):
    self.assertEqual(said[0], 1, said[1])
    lines = [line for line in said[1].splitlines()
             if all(word in line for word in words)]
    self.assertTrue(lines, said[1])

  def test_claims_without_effects_are_noticed(self):
    said = self.run_it(ALL)
    self.expect_line(said, "fake change-create:", "another effect")
    self.assertNotIn("fake name-plain", said[1])

  def test_what_is_granted_in_vain_is_noticed(self):
    said = self.run_it("for attempt in known: say(attempt, 'granted')\n")
    self.expect_line(said, "fake name-twin:", "expected denied, was granted")

  def test_contents_are_looked_at(self):
    said = self.run_it("known[0]['gives'] = 'other'\n" + ALL)
    self.expect_line(said, "fake name-plain:", "other contents")

  def test_damage_is_noticed(self):
    said = self.run_it(ALL + "open(world + '/outside/new', 'w')\n"
                       "os.chmod(world + '/app/private/secret.txt', 0)\n"
                       "os.remove(world + '/outside/victim.txt')\n")
    for name in ["outside/new", "private/secret.txt", "outside/victim.txt"]:
      self.expect_line(said, name + " is not what it was")

  def test_a_row_excuses_the_damage_that_it_names(self):
    lie = "say(known[0], 'denied')\nfor one in known[1:]: say(one)\n"
    row = {"hosts": ["fake"], "ids": [FIRST], "verdict": "denied",
           "closed_by": "", "why": "a test", "changes": ["outside/victim.txt"]}
    harm = "os.chmod(world + '/outside/%s.txt', 0)\n"
    said = self.run_it(lie + harm % "victim", [row])
    self.assertNotIn("victim.txt", said[1])
    self.expect_line(self.run_it(lie + harm % "linked", [row]),
                     "outside/linked.txt is not what it was")
    self.expect_line(self.run_it(lie, [row]), "victim.txt",
                     "matches no difference")

  def test_a_visit_is_noticed(self):
    said = self.run_it(ALL + "socket.socket(socket.AF_UNIX)"
                       ".connect(world + '/outside/echo')\n")
    self.expect_line(said, "somebody came to a listener of UNIX_OTHER")

  def test_a_driver_that_ends_early_is_noticed(self):
    said = self.run_it("for attempt in known[:9]: say(attempt)\nos._exit(3)\n")
    self.expect_line(said, "the driver ended with 3")
    self.expect_line(said, "fake: no answer to", "the first is")

  def test_second_and_unknown_answers_are_noticed(self):
    said = self.run_it(ALL + "say(known[0])\nsay({**known[0], 'id': 'x'})\n"
                       "say({**known[0], 'id': 'y'}, 'perhaps')\n")
    self.expect_line(said, "a second one", "name-plain")
    self.expect_line(said, "an answer to no attempt: x")
    self.expect_line(said, "no answer, or a second one", "perhaps")

  def test_exceptions_hold_for_their_verdict_alone(self):
    row = {"hosts": ["fake"], "ids": ["name-*"], "verdict": "unseen"}
    code = "for a in known: say(a, %r if a['id'] == 'name-twin' else None)\n"
    self.assertNotIn("fake name-twin", self.run_it(code % "unseen", [row])[1])
    self.expect_line(self.run_it(code % "granted", [row]), "fake name-twin")

  def test_exceptions_of_another_host_hold_for_one_that_is_like_it(self):
    row = {"hosts": ["other"], "ids": ["name-*"], "verdict": "unseen"}
    code = "for a in known: say(a, 'unseen' if a['id'] == 'name-twin' else None)\n"
    self.assertNotIn("fake name-twin",
                     self.run_it(code, [row], like="other")[1])
    self.expect_line(self.run_it(code, [row]), "fake name-twin")

  def test_exceptions_that_are_of_no_use_are_noticed(self):
    row = {"hosts": ["fake"], "ids": ["name-*"], "verdict": "unseen"}
    self.expect_line(self.run_it(ALL, [row]), "exception 1", "name-*")

  def test_a_guest_that_breaks_its_language_gets_no_more(self):
    code = "for a in known: say(a, %s)\n"
    status, said = self.run_it(code % "'error'", breaks="its language")
    self.assertEqual(status, 0, said)
    lies = "'granted' if a['id'] == 'name-twin' else 'error'"
    said = self.run_it(code % lies, breaks="its language")
    self.expect_line(said, "fake name-twin:", "expected denied, was granted")

  def test_a_host_that_is_not_here_is_skipped_and_counted(self):
    status, said = self.run_it("", command=["/no/such/host"])
    self.assertEqual(status, 0)
    self.assertIn("skipped: fake", said)
    self.assertIn("0 passed, 0 failed, 1 skipped", said)


if __name__ == "__main__":
  unittest.main()
