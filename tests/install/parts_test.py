"""The parts of tools/install that need nothing built."""

import os
import subprocess
import sys
import unittest

SOURCES = sys.argv.pop(1)
sys.path.insert(0, SOURCES)

import headers


def usage(*words):
  return subprocess.run(
      [sys.executable, "-B", os.path.join(SOURCES, "main.py"), *words],
      stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


class HeadersTest(unittest.TestCase):

  def test_our_names_get_a_prefix_and_no_others(self):
    for before, after in (
        ('#include "fs/a.h"\n', '#include "postern/fs/a.h"\n'),
        ('# include "permission/b.h"', '# include "postern/permission/b.h"'),
        ('#include "net/csp/c.h"  // why', '#include "postern/net/csp/c.h"  // why'),
        ('#include "bindings/c/postern.h"', '#include "postern/postern.h"'),
        ('#include "postern/cpp.h"', '#include "postern/cpp.h"'),
        ('#include "process/d.h"', '#include "postern/process/d.h"'),
        ('#include "absl/fs/a.h"', '#include "absl/fs/a.h"'),
        ('#include <fs/a.h>', '#include <fs/a.h>'),
        ('// #include "fs/a.h"', '// #include "fs/a.h"'),
    ):
      self.assertEqual(headers.installed_text(before), after)

  def test_what_headers_include_goes_along(self):
    texts = {"a.h": '#include "b.h"\n#include "absl/x.h"\n#include <c>\n',
             "b.h": '#include "a.h"\n#include "d.h"\n', "d.h": "", "e.h": ""}

    def read(name):
      if name not in texts:
        raise FileNotFoundError(name)
      return texts[name]

    self.assertEqual(sorted(headers.closure(["a.h"], read)),
                     ["a.h", "b.h", "d.h"])
    del texts["d.h"]
    with self.assertRaisesRegex(headers.NotPublic, r"b\.h needs d\.h"):
      headers.closure(["a.h"], read)


class UsageTest(unittest.TestCase):

  def test_paths_that_are_not_absolute_are_refused(self):
    for words, why in (
        (("--prefix", "p"), '--prefix: expected an absolute path.* "p" is relative'),
        (("--prefix", ""), "is empty"),
        (("--prefix", "/a/../b"), 'has ".." in it'),
        (("--prefix", "/a\nb"), "has a control character"),
        (("--prefix", "/p", "--destdir", "d"), '--destdir: .*"d" is relative'),
        ((), "required: --prefix"),
        (("--prefix", "/p", "--unistall"), "unrecognized arguments"),
    ):
      run = usage(*words)
      self.assertEqual(run.returncode, 2, words)
      self.assertRegex(run.stderr, why)

  def test_help(self):
    run = usage("--help")
    self.assertEqual(run.returncode, 0)
    for word in ("--prefix P", "--destdir D", "--uninstall", "examples:"):
      self.assertIn(word, run.stdout)


if __name__ == "__main__":
  unittest.main()
