"""The package `postern` in an ordinary interpreter, out of its wheel.

usage: package_test.py MAKE_WHEEL EXTENSION
"""

import os
import subprocess
import sys
import tempfile
import unittest
import zipfile

MAKE_WHEEL, EXTENSION = map(os.path.abspath, sys.argv[1:3])
del sys.argv[1:3]


def skip(why):
    print("skipped:", why)
    if "XML_OUTPUT_FILE" in os.environ:
        with open(os.environ["XML_OUTPUT_FILE"], "w") as file:
            file.write("<testsuites><testsuite name='python'><testcase "
                       "classname='python' name='package'><skipped/></testcase>"
                       "</testsuite></testsuites>")
    sys.exit(0)


with open(EXTENSION, "rb") as extension:
    if b"__asan_init" in extension.read():
        skip("a sanitizer's extension needs a sanitizer's interpreter")
FOLDER = tempfile.TemporaryDirectory()
WHEEL = subprocess.run([sys.executable, MAKE_WHEEL, EXTENSION, FOLDER.name],
                       check=True, stdout=subprocess.PIPE,
                       text=True).stdout.strip()
with zipfile.ZipFile(WHEEL) as archive:
    NAMES = archive.namelist()
    archive.extractall(FOLDER.name)
sys.path.insert(0, FOLDER.name)

import postern  # noqa: E402: after it was unpacked

RULES = """version: 1
layers {
  name: "grants"
  rules { allow: "fs.read" pattern: "/srv" }
  rules { deny: "fs.read" pattern: "/srv/keys" }
  rules { allow: "plugin.call" call { function: "exec.in.run" args: ["du"] } }
  rules { allow: "secret.use" secret { parts: ["db", "password"] } }
  rules { allow: "process.spawn" pattern: "/bin/cat **" }
  rules { allow: "code.eval" }
  rules { allow: "net.connect" pattern: "*.example.com:443" }
}
"""


def context(**options):
    return postern.Context(postern.Policy.from_text(RULES), **options)


class PackageTest(unittest.TestCase):
    def test_the_wheel_has_types(self):
        for name in ["postern/__init__.py", "postern/__init__.pyi",
                     "postern/py.typed"]:
            self.assertIn(name, NAMES)
        record = [name for name in NAMES if name.endswith("/RECORD")][0]
        with open(os.path.join(FOLDER.name, record)) as file:
            self.assertEqual(len(file.readlines()), len(NAMES))

    def test_questions(self):
        own = context(principal="notes.acme")
        for question, want in [
                (("fs.read", "/srv/a"), True),
                (("fs.read", b"/srv/a"), True),
                (("fs.read", "/srv/keys/a"), False),
                (("fs.write", "/srv/a"), False),
                (("fs.read",), False),
                (("code.eval",), True),
                (("net.connect", "www.example.com:443"), True),
                (("net.connect", "example.com.evil:443"), False),
                (("plugin.call", "exec.in.run", "du"), True),
                (("plugin.call", "exec.in.run", "rm"), False),
                (("plugin.call", "exec.in.run", ["du"]), False),
                (("process.spawn", "/bin/cat", "x"), True),
                (("secret.use", "db/password"), True),
                (("secret.use", ["db", "password"]), True),
                (("secret.use", ["db"]), False),
                (("no.such.permission", None), False)]:
            with self.subTest(question):
                self.assertIs(own.has(*question), want)
                self.assertIs(own.check(*question).allowed, want)

    def test_enforce(self):
        own = context()
        self.assertIsNone(own.enforce("fs.read", "/srv/a"))
        with self.assertRaises(PermissionError) as caught:
            own.enforce("fs.read", "/srv/keys/a")
        self.assertEqual((caught.exception.permission, caught.exception.resource),
                         ("fs.read", "/srv/keys/a"))
        self.assertIn("/srv/keys", caught.exception.rule)

    def test_drop(self):
        own = context()
        own.drop("fs.read", "/srv/a")
        self.assertFalse(own.has("fs.read", "/srv/a/b"))
        self.assertTrue(own.has("fs.read", "/srv/b"))
        own.drop("all")
        self.assertFalse(own.has("code.eval"))
        self.assertRaises(TypeError, own.drop, "fs", x=1)

    def test_bad_policies(self):
        with self.assertRaisesRegex(ValueError, "x.textproto:1:"):
            postern.Policy.from_text("versoin: 1", name="x.textproto")
        self.assertRaises(FileNotFoundError, postern.Policy.from_file, "/none.json")
        self.assertRaises(ValueError, postern.Policy.from_flags, ["--nothing"])
        self.assertRaises(TypeError, postern.Policy)
        self.assertRaises(TypeError, postern.Context, "policy")
        self.assertRaises(TypeError, context().has)
        self.assertRaises(TypeError, context().has, "fs.read", 5)
        self.assertRaises(ValueError, context().has, "code.eval", "x")
        self.assertRaises(TypeError, context().has, "fs.read", "/x", "y")

    def test_without_a_policy_there_is_no_answer(self):
        self.assertRaises(RuntimeError, postern.has, "fs.read", "/srv")

    def test_flags(self):
        policy = postern.Policy.from_flags(["--allow-fs-read=/srv"])
        self.assertTrue(postern.Context(policy).has("fs.read", "/srv/x"))
        self.assertEqual(policy.warnings(), [])


if __name__ == "__main__":
    unittest.main()
