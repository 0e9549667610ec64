"""What a script does that reaches the memory of its process (docs/python.md, "What
is not held by the library"): the library decides nothing any more, and the kernel
still holds it.

usage: memory_test.py POSTERN POSTERN_PYTHON SCRIPT
"""

import ctypes
import errno
import os
import subprocess
import sys
import tempfile
import unittest

SCRIPT, PYTHON, POSTERN = (os.path.realpath(sys.argv.pop()) for _ in range(3))
POLICY = """version: 1
layers {
  name: "grants"
  rules { allow: "fs.read" pattern: "/usr/lib/python3.11" }
  rules { allow: "fs.read" pattern: "%s" }
}
"""


def has_landlock():
    """landlock_create_ruleset(2): the version."""
    return ctypes.CDLL(None).syscall(444, None, ctypes.c_size_t(0), 1) > 0


class MemoryTest(unittest.TestCase):
    def setUp(self):
        with open(PYTHON, "rb") as file:
            program = file.read()
        if b"__asan_init" in program or b"__tsan_init" in program:
            self.skipTest("a sanitizer ends such a script")
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.fifo = folder.name + "/fifo"
        self.policy = folder.name + "/policy.textproto"
        with open(self.policy, "w") as file:
            file.write(POLICY % os.path.dirname(SCRIPT))

    def said(self, *command):
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        return done.stdout.split()

    def test_the_library_alone_does_not_hold_it(self):
        self.assertEqual(
            self.said(PYTHON, "--policy", self.policy, SCRIPT, self.fifo),
            [str(errno.EACCES), "made"])
        self.assertTrue(os.path.exists(self.fifo))

    def test_the_kernel_holds_it(self):
        if not has_landlock():
            self.skipTest("this kernel has no Landlock")
        self.assertEqual(
            self.said(POSTERN, "python", "--policy", self.policy, SCRIPT, "--",
                      self.fifo), [str(errno.EACCES), str(errno.EACCES)])
        self.assertFalse(os.path.exists(self.fifo))


if __name__ == "__main__":
    unittest.main()
