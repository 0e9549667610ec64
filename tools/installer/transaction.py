"""Changes below one folder: all of them, or none.

What is about to be done is written to a journal first. An error or a signal has
it undone at once. After a kill or a power cut the next run finds the journal and
undoes it then.

New files are staged beside the folder's own, so that a full disk shows before
anything is changed, and each then takes its place by one rename.
"""

import errno
import fcntl
import json
import os
import shutil

STAGE = ".postern-install"


class Busy(Exception):
  pass


def make_folders(path):
  """Makes `path` and what lacks above it; returns what it made, outer first."""
  made = []
  try:
    while not os.path.isdir(path):
      made.insert(0, path)
      path = os.path.dirname(path)
    for folder in made:
      make_folder(folder)
  except BaseException:
    for folder in reversed(made):
      _remove_if_empty(folder)
    raise
  return made


def make_folder(path, mode=0o755):
  os.mkdir(path)
  os.chmod(path, mode)  # whatever the umask


def _remove_if_empty(path):
  try:
    os.rmdir(path)
  except OSError as error:
    kept = (errno.ENOTEMPTY, errno.EEXIST, errno.ENOENT, errno.EBUSY)
    if error.errno not in kept:
      raise


class Transaction:
  """Use as a context manager; leaving it without commit() undoes all."""

  def __init__(self, root):
    self.root = root
    self.made_above = []  # folders made above and including the root
    self._stage = os.path.join(root, STAGE)
    self._journal = None
    self._lock = None
    self._saved = 0
    self._committed = False
    self.recovered = False  # whether an interrupted run was undone first

  def __enter__(self):
    self.made_above = make_folders(self.root)
    try:
      self._take_lock()
      self.recovered = self._recover()
      self._make_stage()
    except BaseException:
      self._remove_made_above()
      self._unlock()
      raise
    return self

  def __exit__(self, kind, error, trace):
    try:
      if not self._committed:
        self._close_journal()
        self._recover()
        self._remove_made_above()
    finally:
      self._unlock()

  def _make_stage(self):
    make_folder(self._stage, 0o700)
    try:
      for name in ("new", "old"):
        make_folder(os.path.join(self._stage, name), 0o700)
      self._journal = open(os.path.join(self._stage, "journal"), "w",
                           encoding="utf-8")
    except BaseException:
      shutil.rmtree(self._stage, ignore_errors=True)
      raise

  def _remove_made_above(self):
    for folder in reversed(self.made_above):
      _remove_if_empty(folder)

  def _unlock(self):
    if self._lock is not None:
      os.close(self._lock)
      self._lock = None

  def staged(self, path):
    """Where the new file for `path` is to be written."""
    return os.path.join(self._stage, "new", path.replace("/", "\\"))

  def _at(self, path):
    return os.path.join(self.root, path)

  def _take_lock(self):
    lock = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY)
    try:
      fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
      os.close(lock)
      raise Busy(f"another install is at work in {self.root}") from None
    self._lock = lock

  def _write_down(self, *step):
    self._journal.write(json.dumps(step) + "\n")
    self._journal.flush()

  def make_folder(self, path):
    """Makes one folder; says whether it was not there before."""
    if os.path.isdir(self._at(path)):
      return False
    self._write_down("folder", path)
    make_folder(self._at(path))
    return True

  def put(self, path):
    """Moves the staged file to `path`, over what may be there."""
    number = None
    if os.path.lexists(self._at(path)):
      number = self._next_number()
    self._write_down("put", path, number)
    if number is not None:
      self._keep(path, number)
    os.rename(self.staged(path), self._at(path))

  def remove(self, path):
    number = self._next_number()
    self._write_down("remove", path, number)
    os.rename(self._at(path), self._old(number))

  def _next_number(self):
    self._saved += 1
    return self._saved

  def _old(self, number):
    return os.path.join(self._stage, "old", str(number))

  def _keep(self, path, number):
    """Gives what is at `path` a second name, so that it never lacks there."""
    try:
      os.link(self._at(path), self._old(number), follow_symlinks=False)
    except OSError:  # a file system without hard links
      os.rename(self._at(path), self._old(number))

  def commit(self):
    """From here on what was done stays."""
    self._write_down("done")
    self._committed = True
    self._close_journal()
    shutil.rmtree(self._stage, ignore_errors=True)

  def _close_journal(self):
    if self._journal is not None:
      self._journal.close()
      self._journal = None

  def _recover(self):
    """Undoes what a journal tells of; says whether there was one."""
    if not os.path.isdir(self._stage):
      return False
    steps = _read_journal(os.path.join(self._stage, "journal"))
    if ["done"] not in steps:
      for step in reversed(steps):
        self._undo_step(step)
    shutil.rmtree(self._stage)
    return True

  def _undo_step(self, step):
    """Does no harm if the step was not carried out, or is undone already."""
    kind, path = step[0], self._at(step[1])
    if kind == "folder":
      _remove_if_empty(path)
    elif step[2] is not None:
      if os.path.lexists(self._old(step[2])):
        os.replace(self._old(step[2]), path)
    elif not os.path.lexists(self.staged(step[1])):
      if os.path.lexists(path):
        os.unlink(path)


def _read_journal(path):
  """The steps; a last line that was cut off was not carried out."""
  steps = []
  try:
    with open(path, encoding="utf-8") as file:
      for line in file:
        if line.endswith("\n"):
          steps.append(json.loads(line))
  except FileNotFoundError:
    pass
  return steps
