"""Installing is all or nothing, whatever happens on the way."""

import contextlib
import os
import random
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, sys.argv.pop(1))

import changes
import interruption
import manifest
import transaction
from changes import Source

OLD = {
    "bin/tool": Source(mode=0o755, data=b"old tool"),
    "lib/libx.so.1": Source(data=b"old library"),
    "lib/libx.so": Source(link="libx.so.1"),
    "share/gone/deep/a": Source(data=b"of the old version alone"),
    "share/man/page": Source(data=b"page"),
}
NEW = {
    "bin/tool": Source(mode=0o755, data=b"new tool"),
    "lib/libx.so.2": Source(data=b"new library"),
    "lib/libx.so": Source(link="libx.so.2"),
    "include/x/x.h": Source(data=b"header"),
    "share/man/page": Source(data=b"page"),
}
# By these calls everything is changed.
CALLS = ("mkdir", "rename", "replace", "link", "symlink", "unlink", "fsync")


def picture(root):
  """Everything below `root`: names, kinds, modes and contents."""
  result = {}
  for folder, folders, files in os.walk(root):
    for name in folders + files:
      path = os.path.join(folder, name)
      entry = manifest.describe(path)
      mode = stat.S_IMODE(os.lstat(path).st_mode)
      result[os.path.relpath(path, root)] = (
          mode, entry and (entry.kind, entry.content))
  return result


@contextlib.contextmanager
def at_call(number, act):
  """Has `act` done before the call of that number, counted over CALLS."""
  left = [number]

  def wrapped(real):
    def call(*args, **kwargs):
      left[0] -= 1
      if left[0] == 0:
        act()
      return real(*args, **kwargs)
    return call

  real = {name: getattr(os, name) for name in CALLS}
  try:
    for name in CALLS:
      setattr(os, name, wrapped(real[name]))
    yield left
  finally:
    for name in CALLS:
      setattr(os, name, real[name])


def fail():
  raise OSError(28, "no space left on device")


def quiet(_):
  pass


class ChangesTest(unittest.TestCase):

  def setUp(self):
    self.base = tempfile.mkdtemp(dir=os.environ.get("TEST_TMPDIR"))
    self.root = os.path.join(self.base, "made", "prefix")

  def tearDown(self):
    shutil.rmtree(self.base, ignore_errors=True)

  def install(self, tree):
    return changes.install(self.root, tree, quiet)

  def check_installed(self, tree):
    found = {path: what for path, what in picture(self.root).items()
             if what[1] and path != manifest.PLACE}
    self.assertEqual(found.keys(), tree.keys())
    for path, source in tree.items():
      if source.link is None:
        self.assertEqual(found[path][0], source.mode, path)
        self.assertEqual(found[path][1][1], manifest.hash_of(source.bytes()))
      else:
        self.assertEqual(found[path][1], ("link", source.link))

  def restart(self):
    shutil.rmtree(os.path.join(self.base, "made"), ignore_errors=True)

  def jobs(self):
    """Each with what was installed before."""
    return (("fresh", None, lambda: self.install(NEW)),
            ("upgrade", OLD, lambda: self.install(NEW)),
            ("uninstall", OLD,
             lambda: changes.uninstall(self.root, quiet)))

  def prepare(self, before):
    self.restart()
    if before:
      self.install(before)
      with open(os.path.join(self.root, "lib", "other"), "w") as file:
        file.write("somebody else's")
    return picture(self.base)

  def test_what_is_installed_goes_again(self):
    self.assertEqual(self.install(OLD), (len(OLD), 0))
    self.check_installed(OLD)
    self.assertEqual(changes.uninstall(self.root, quiet), (len(OLD), []))
    self.assertEqual(picture(self.base), {"made": (0o755, None)})

  def test_an_upgrade_leaves_nothing_stale(self):
    self.install(OLD)
    self.assertEqual(self.install(NEW), (len(NEW), 2))
    self.check_installed(NEW)
    self.assertNotIn("share/gone", picture(self.root))
    changes.uninstall(self.root, quiet)
    self.assertFalse(os.path.exists(self.root))

  def test_modes_do_not_depend_on_the_umask(self):
    for umask in (0o077, 0o000, 0o777):
      old = os.umask(umask)
      try:
        self.install(OLD)
      finally:
        os.umask(old)
      self.check_installed(OLD)
      for path, (mode, entry) in picture(self.root).items():
        if entry is None:
          self.assertEqual(mode, 0o755, path)
      self.restart()

  def test_an_error_at_any_call_undoes_all(self):
    for name, before, job in self.jobs():
      for number in range(1, 1000):
        was = self.prepare(before)
        with at_call(number, fail) as left:
          try:
            job()
          except OSError:
            pass
        if left[0] > 0:
          break  # there were not so many calls
        now = picture(self.base)
        # An error after the last change is too late, and a fresh prefix goes.
        if not self.is_done(name):
          now.pop("made", None)
          was.pop("made", None)
          self.assertEqual(now, was, f"{name}, call {number}")
      self.assertGreater(number, 10, name)

  def is_done(self, name):
    if name == "uninstall":
      return not os.path.exists(os.path.join(self.root, manifest.PLACE))
    there = manifest.read(self.root).entries
    return "include/x/x.h" in there

  def test_a_signal_at_any_call_undoes_all(self):
    for number in range(1, 1000, 3):
      was = self.prepare(OLD)
      old = signal.getsignal(signal.SIGTERM)
      interruption.heed_signals()
      try:
        with at_call(number,
                     lambda: os.kill(os.getpid(), signal.SIGTERM)) as left:
          try:
            self.install(NEW)
          except interruption.Interrupted:
            pass
      finally:
        signal.signal(signal.SIGTERM, old)
      if left[0] > 0:
        break
      if not self.is_done("upgrade"):
        self.assertEqual(picture(self.base), was, f"call {number}")

  def test_after_a_kill_at_any_call_the_next_run_undoes(self):
    for name, before, job in self.jobs():
      for number in range(1, 1000):
        was = self.prepare(before)
        killed = self.in_child(number, job)
        if not killed:
          break
        done = self.is_done(name) if os.path.isdir(self.root) else False
        if os.path.isdir(self.root):
          with self.assertRaises(ZeroDivisionError):
            with transaction.Transaction(self.root):
              1 / 0
        now = picture(self.base)
        if not done and before:
          self.assertEqual(now, was, f"{name}, call {number}")
        self.install(NEW)  # whatever was left is no hindrance
        self.install(OLD)

  def in_child(self, number, job):
    """Whether the child died at that call."""
    child = os.fork()
    if child == 0:
      with at_call(number, lambda: os.kill(os.getpid(), signal.SIGKILL)):
        job()
      os._exit(0)
    return os.waitpid(child, 0)[1] != 0

  def test_kills_at_random_times(self):
    many = {f"share/many/{i}": Source(data=b"x" * 2000) for i in range(150)}
    seed = random.SystemRandom().randrange(1 << 30)
    print("seed", seed)
    chance = random.Random(seed)
    for _ in range(12):
      was = self.prepare(OLD)
      child = os.fork()
      if child == 0:
        self.install({**NEW, **many})
        os._exit(0)
      time.sleep(chance.uniform(0, 0.06))
      os.kill(child, signal.SIGKILL)
      os.waitpid(child, 0)
      done = "share/many/0" in manifest.read(self.root).entries
      with self.assertRaises(ZeroDivisionError):
        with transaction.Transaction(self.root):
          1 / 0
      if not done:
        self.assertEqual(picture(self.base), was)

  def test_files_of_others_are_never_taken(self):
    os.makedirs(os.path.join(self.root, "bin"))
    path = os.path.join(self.root, "bin/tool")
    with open(path, "w") as file:
      file.write("mine")
    was = picture(self.base)
    with self.assertRaisesRegex(changes.Refused, "bin/tool is there already"):
      self.install(NEW)
    self.assertEqual(picture(self.base), was)
    os.unlink(path)
    self.install(NEW)
    with open(path, "w") as file:
      file.write("changed")
    self.assertEqual(changes.uninstall(self.root, quiet)[1], ["bin/tool"])
    self.assertEqual(list(picture(self.root)), ["bin", "bin/tool"])

  def test_a_folder_in_the_place_of_a_file_is_refused(self):
    self.install(OLD)
    os.unlink(os.path.join(self.root, "bin/tool"))
    os.makedirs(os.path.join(self.root, "bin/tool/mine"))
    was = picture(self.base)
    with self.assertRaises(changes.Refused):
      self.install(NEW)
    self.assertEqual(picture(self.base), was)

  def test_links_do_not_lead_out_of_the_prefix(self):
    outside = os.path.join(self.base, "outside")
    os.makedirs(outside)
    os.makedirs(self.root)
    os.symlink(outside, os.path.join(self.root, "lib"))
    with self.assertRaisesRegex(changes.Refused, "leads out of the prefix"):
      self.install(NEW)
    self.assertEqual(os.listdir(outside), [])
    os.unlink(os.path.join(self.root, "lib"))
    os.mkdir(os.path.join(self.root, "lib64"))
    os.symlink("lib64", os.path.join(self.root, "lib"))
    self.install(NEW)
    self.assertTrue(os.path.exists(os.path.join(self.root, "lib64/libx.so.2")))

  def test_manifests_do_not_lead_out_of_the_prefix(self):
    self.install(OLD)
    path = os.path.join(self.root, manifest.PLACE)
    for line in ("file 644 0 ../x", "file 644 0 /etc/x", "folder a/..",
                 "file 644 0 a//b", "odd"):
      with open(path, "w") as file:
        file.write(f"postern-manifest 1\n{line}\n")
      with self.assertRaisesRegex(manifest.BadManifest, "txt:2: "):
        changes.uninstall(self.root, quiet)
    with open(path, "w") as file:
      file.write("postern-manifest 1\nfile 644 0 cut")
    with self.assertRaisesRegex(manifest.BadManifest, "not a whole"):
      self.install(NEW)

  def test_two_at_once_do_not_mix(self):
    with transaction.Transaction(self.root):
      was = picture(self.base)
      with self.assertRaises(transaction.Busy):
        self.install(NEW)
      self.assertEqual(picture(self.base), was)

  def test_where_nothing_is_installed(self):
    with self.assertRaisesRegex(changes.Refused, "nothing is installed"):
      changes.uninstall(self.root, quiet)
    self.assertEqual(picture(self.base), {})

  def mount(self, options):
    os.makedirs(self.root)
    return subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none",
                           self.root], stderr=subprocess.DEVNULL).returncode

  def test_a_full_disk(self):
    if self.mount("size=64k") != 0:
      self.skipTest("cannot mount here")
    try:
      self.install(OLD)
      was = picture(self.base)
      with self.assertRaises(OSError):
        self.install({**NEW, "big": Source(data=b"x" * 100000)})
      self.assertEqual(picture(self.base), was)
    finally:
      subprocess.run(["umount", self.root], check=True)

  def test_a_read_only_disk(self):
    if self.mount("ro") != 0:
      self.skipTest("cannot mount here")
    try:
      with self.assertRaises(OSError):
        self.install(OLD)
    finally:
      subprocess.run(["umount", self.root], check=True)


if __name__ == "__main__":
  unittest.main()
