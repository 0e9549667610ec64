"""Builds docs/examples/go_starlark with Debian's Go, and tries what it promises.

usage: go_starlark_test.py LIBRARY, from the root of the checkout
"""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest
import urllib.error
import urllib.request

LIBRARY = os.path.realpath(sys.argv.pop())
ROOT = os.getcwd()
EXAMPLE = os.path.join(ROOT, "docs/examples/go_starlark")
PLACE = "app.star:10:20: "
RM = ("not permitted to call exec.in.run with argument 0 having value \"rm\", "
      "expected \"du\" or \"readlink\"")


def build(folder):
  """The server; no network and no module proxy is looked for."""
  shutil.copy(LIBRARY, folder + "/libpostern.so.0")
  source = folder + "/source"
  os.mkdir(source)
  for name in os.listdir(EXAMPLE):
    if name.endswith((".go", ".h")):
      shutil.copy(os.path.join(EXAMPLE, name), source)
  environment = {
      "PATH": os.environ["PATH"], "HOME": folder, "GO111MODULE": "off",
      "GOPATH": "/usr/share/gocode", "GOCACHE": folder + "/cache",
      "GOPROXY": "off", "GOFLAGS": "",
      "CGO_CFLAGS": "-I%s/bindings/c -Wall -Wextra -Werror" % ROOT,
      "CGO_LDFLAGS": "%s/libpostern.so.0 -Wl,-rpath,%s" % (folder, folder)}
  subprocess.run(["go", "build", "-o", folder + "/server", "."], check=True,
                 cwd=source, env=environment)
  shutil.rmtree(folder + "/cache")
  return folder + "/server"


class GoStarlarkTest(unittest.TestCase):

  @classmethod
  def setUpClass(cls):
    cls.place = tempfile.mkdtemp(prefix="go")
    cls.server = build(cls.place)

  @classmethod
  def tearDownClass(cls):
    shutil.rmtree(cls.place)

  def setUp(self):
    self.folder = tempfile.mkdtemp(dir=self.place)
    self.app = self.folder + "/app"
    self.music = self.folder + "/music"
    os.makedirs(self.music + "/jazz")
    with open(self.music + "/jazz/one.flac", "wb") as file:
      file.write(os.urandom(100000))
    os.mkdir(self.app)
    shutil.copy(EXAMPLE + "/disk_usage/app.star", self.app)
    os.chmod(self.app + "/app.star", 0o644)
    self.environment = {"PATH": "/usr/bin:/bin",
                        "POSTERN_STORE": self.folder + "/approvals.db"}

  def call(self, *words):
    done = subprocess.run([self.server, *words], env=self.environment,
                          capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr

  def change(self, old, new):
    with open(self.app + "/app.star", encoding="utf-8") as file:
      text = file.read()
    self.assertIn(old, text)
    with open(self.app + "/app.star", "w", encoding="utf-8") as file:
      file.write(text.replace(old, new, 1))

  def approve(self):
    status, out, errors = self.call("approve", self.app)
    self.assertEqual(status, 0, errors)
    self.assertIn("requests  2 ADDED, 0 REMOVED, 0 UNCHANGED", out)

  def denied(self, *parts):
    status, out, errors = self.call("run", self.app, self.music)
    self.assertEqual((status, out), (1, ""), errors)
    for part in parts:
      self.assertIn(part, errors)
    self.assertTrue(os.path.exists(self.music + "/jazz/one.flac"))

  def test_nothing_is_granted_before_an_approval(self):
    self.denied(PLACE, "not permitted to call exec.in.run", "approve it")

  def test_an_approved_app_shows_what_du_says(self):
    self.approve()
    os.symlink("music", self.folder + "/link")
    status, out, errors = self.call("run", self.app, self.folder + "/link")
    self.assertEqual(status, 0, errors)
    size = subprocess.run(["du", "-k", "-s", self.music + "/jazz"], check=True,
                          capture_output=True, text=True).stdout.split()[0]
    real = os.path.realpath(self.music)
    self.assertTrue(out.startswith("Disk usage of %s\n" % real), out)
    self.assertIn("%s KiB" % size, out)
    self.assertIn("\tjazz\n", out)

  def test_a_changed_app_is_denied_with_its_place(self):
    self.approve()
    self.change("\"readlink\", [\"-f\"", "\"rm\", [\"-rf\"")
    self.denied(PLACE + RM, "add a rule")

  def test_what_is_asked_for_later_shows_as_added(self):
    self.approve()
    self.change("permissions = [",
                "permissions = [permission(\"exec.in\", \"run\", [\"rm\"], "
                "reason = \"to tidy up\"),")
    status, out, errors = self.call("audit", self.app)
    self.assertEqual(status, 0, errors)
    self.assertIn("requests  1 ADDED, 0 REMOVED, 2 UNCHANGED", out)
    self.change("\"readlink\", [\"-f\"", "\"rm\", [\"-rf\"")
    self.denied(PLACE)

  def test_other_spellings_are_denied(self):
    self.approve()
    call = "exec.run(\"readlink\", [\"-f\", \"-z\", \"--\", path])"
    now = call
    for other in ["exec.run(\"./readlink\", [\"-f\", \"-z\", \"--\", path])",
                  "exec.run(\"READLINK\", [\"-f\", \"-z\", \"--\", path])",
                  "exec.run(\"readlink\\n\", [\"-f\", \"-z\", \"--\", path])",
                  "exec.run([\"readlink\"], [\"-f\", \"-z\", \"--\", path])",
                  "exec.run([\"readlink\", \"-f\", \"-z\", \"--\", path])",
                  "exec.run(\"readlink\", [\"-f\", \"-z\", \"--\", [path]])",
                  "exec.run(\"readlink\", [\"-f\", \"-z\", \"--\", path, path])",
                  "exec.run(\"readlink\", [\"-f\", \"-z\", path])",
                  "exec.run(\"readlink\", None)", "exec.run()", "exec.run(1)",
                  "exec.run(\"readlink\", [\"-f\", \"-z\", \"--\", \"\\0\"])",
                  "exec.run(program = \"rm\")", "exec.run(command = \"du\")",
                  "exec.run(args = [\"-f\"])"]:
      with self.subTest(other):
        self.change(now, other)
        now = other
        self.denied(PLACE, "not permitted to call exec.in.run")

  def test_an_audit_calls_nothing(self):
    self.change("\napp(", "\nexec.run(\"rm\", [\"-r\", \"%s\"])\napp(" % self.music)
    status, out, errors = self.call("audit", self.app)
    self.assertEqual(status, 0, errors)
    self.assertIn("called while it was loaded, without effect: app.star:", out)
    self.assertTrue(os.path.exists(self.music + "/jazz/one.flac"))
    self.approve()
    self.denied("app.star:", "\"rm\"")

  def test_load_gives_plugins_alone(self):
    for module in ["app.star", "/etc/passwd", "exec.in.run", ""]:
      with self.subTest(module):
        shutil.copy(EXAMPLE + "/disk_usage/app.star", self.app)
        self.change("load(\"exec.in\"", "load(\"%s\"" % module)
        status, _, errors = self.call("audit", self.app)
        self.assertEqual(status, 1)
        self.assertIn("there is no plugin", errors)

  def test_an_approval_is_for_one_folder(self):
    self.approve()
    shutil.copytree(self.app, self.folder + "/copy")
    status, _, errors = self.call("run", self.folder + "/copy", self.music)
    self.assertEqual(status, 1)
    self.assertIn("the approval of \"disk-usage.examples\" is for", errors)

  def test_visitors_get_pages_and_no_reasons(self):
    self.approve()
    server = subprocess.Popen([self.server, "serve", self.app, "127.0.0.1:0"],
                              env=self.environment, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True)
    try:
      url = "http://" + server.stdout.readline().split()[-1]
      with urllib.request.urlopen(url + self.music) as page:
        self.assertIn("\tjazz\n", page.read().decode())
      with self.assertRaises(urllib.error.HTTPError) as failed:
        urllib.request.urlopen(url + "/%00")
      self.assertEqual(failed.exception.read().decode(), "the app failed\n")
      self.assertIn(PLACE, server.stderr.readline())
    finally:
      server.kill()
      server.communicate()


if __name__ == "__main__":
  unittest.main()
