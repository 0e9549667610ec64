"""What is drawn of a graph, and which drawings are refused."""

import os
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, "tools")
import architecture  # noqa: E402

GRAPH = '''
  "//permission:context" -> "//permission/internal:engine"
  "//permission/internal:engine" -> "//permission:types"
  "//permission:context" -> "//fs:path_tree"
  "//permission/guard:path_monitor" -> "//permission:context"
  "//permission/guard:path_monitor" -> "//fs:path_tree"
  "//permission:permission" -> "//permission/guard:path_monitor"
  "//tests:x" -> "//fs:path_tree"
  "//net/testing:y" -> "//fs:path_tree"
  "//process:alone"
'''
CORE = ("permission", "permission/internal")
PAGE = "".join(f"| `{room}` | . |\n" for room in
               ["fs", "permission", "permission/internal", "permission/guard",
                "process"])


class ArchitectureTest(unittest.TestCase):
  def setUp(self):
    self.graph = architecture.read_graph(GRAPH.splitlines())
    self.groups = architecture.groups_of(self.graph)

  def test_rooms_are_the_folders_that_are_shipped(self):
    self.assertEqual(set(self.graph), {"fs", "permission", "process",
                                       "permission/internal",
                                       "permission/guard"})

  def test_rooms_that_use_one_another_are_a_group(self):
    self.assertEqual(self.groups["permission"], CORE)
    self.assertEqual(self.groups["fs"], ("fs",))

  def test_an_arrow_that_follows_from_others_is_left_out(self):
    self.assertEqual(architecture.arrows_of(self.graph, self.groups),
                     {(("permission/guard",), CORE), (CORE, ("fs",))})

  def check(self, picture, page):
    with tempfile.TemporaryDirectory() as folder:
      os.mkdir(os.path.join(folder, "docs"))
      for name, text in [(architecture.PICTURE, picture),
                         (architecture.PAGE, page)]:
        with open(os.path.join(folder, name), "w") as file:
          file.write(text)
      return subprocess.run(
          [sys.executable, os.path.abspath("tools/architecture.py"), "--check"],
          input=GRAPH, text=True, cwd=folder, stdout=subprocess.PIPE)

  def test_what_is_true_passes(self):
    done = self.check(architecture.draw(self.graph), PAGE)
    self.assertEqual((done.returncode, done.stdout), (0, ""))

  def test_another_picture_fails(self):
    other = architecture.draw(architecture.read_graph(['"//fs:a"']))
    done = self.check(other, PAGE)
    self.assertEqual(done.returncode, 1)
    self.assertIn("is not what the targets say", done.stdout)

  def test_a_room_without_a_row_and_a_row_without_a_room_fail(self):
    page = PAGE.replace("| `fs` | . |\n", "| `gone` | . |\n| `net` | . |\n")
    done = self.check(architecture.draw(self.graph), page)
    self.assertEqual(done.returncode, 1)
    self.assertIn("has no row for fs", done.stdout)
    self.assertIn("there is no room net", done.stdout)

  def test_a_file_that_is_not_there_fails(self):
    page = PAGE + "See `fs/gone.cc`.\n| `fs` | . | `tree.h`, `a/b` |\n"
    done = self.check(architecture.draw(self.graph), page)
    self.assertEqual(done.returncode, 1)
    self.assertIn("there is no file fs/gone.cc", done.stdout)
    self.assertIn("there is no file fs/tree.h", done.stdout)


if __name__ == "__main__":
  unittest.main()
