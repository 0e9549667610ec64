"""Installs a tree below a prefix, over an older one, and takes it away again."""

import os

import manifest
from transaction import Transaction


class Refused(Exception):
  """What is there stands in the way; nothing was changed."""


class Source:
  """What a file or a link is made of."""

  def __init__(self, mode=0o644, data=None, file=None, link=None):
    self.mode = mode
    self.data = data  # bytes,
    self.file = file  # or the file to copy,
    self.link = link  # or where a link leads

  def write(self, path):
    """Writes to `path`, which is not there yet, as far as the disk."""
    if self.link is not None:
      os.symlink(self.link, path)
      return
    with open(path, "xb") as out:
      os.fchmod(out.fileno(), self.mode)  # whatever the umask
      out.write(self.bytes())
      out.flush()
      os.fsync(out.fileno())  # some disks say only now that they are full

  def bytes(self):
    if self.data is not None:
      return self.data
    with open(self.file, "rb") as file:
      return file.read()


def install(root, tree, say):
  """Puts `tree`, a dict of paths below `root` to Source, in place of what the
  last install put there."""
  with Transaction(root) as transaction:
    _tell_recovered(transaction, say)
    old = manifest.read(root)
    for path, source in sorted(tree.items()):
      source.write(transaction.staged(path))
    new = _described(transaction, tree)
    _refuse_if_in_the_way(root, new, old)
    new.folders = set(old.folders)
    if root in transaction.made_above:
      new.folders.add(".")
    for path in [*sorted(new.entries), manifest.PLACE]:
      _make_folders_for(transaction, path, new.folders)
    # The manifest is staged last, since it names the folders that were made.
    Source(data=new.to_text().encode()).write(
        transaction.staged(manifest.PLACE))
    for path in [*sorted(new.entries), manifest.PLACE]:
      transaction.put(path)
    stale = sorted(set(old.entries) - set(new.entries))
    for path in stale:
      if os.path.lexists(os.path.join(root, path)):
        transaction.remove(path)
    transaction.commit()
  emptied = {os.path.dirname(path) for path in stale}
  _remove_empty(root, _with_parents(emptied) & new.folders)
  return len(new.entries), len(stale)


def uninstall(root, say):
  """Takes away what the manifest names; returns how many files went, and the
  paths of those that were changed since and therefore stay."""
  if not os.path.isdir(root):
    raise Refused(f"nothing is installed in {root}")
  with Transaction(root) as transaction:
    _tell_recovered(transaction, say)
    old = manifest.read(root)
    if not old.entries:
      raise Refused(f"nothing is installed in {root}: it has no "
                    f"{manifest.PLACE}")
    _refuse_links_out(root, old.entries)
    changed, gone = [], 0
    for path, entry in sorted(old.entries.items()):
      place = os.path.join(root, path)
      if not os.path.lexists(place):
        continue
      if manifest.describe(place) != entry:
        changed.append(path)
        continue
      transaction.remove(path)
      gone += 1
    transaction.remove(manifest.PLACE)
    transaction.commit()
  _remove_empty(root, old.folders)
  return gone, changed


def _tell_recovered(transaction, say):
  if transaction.recovered:
    say("an earlier run had been interrupted; what it did is undone")


def _described(transaction, tree):
  """The manifest of what was staged; raises if that is not what was meant."""
  result = manifest.Manifest()
  for path, source in tree.items():
    entry = manifest.describe(transaction.staged(path))
    meant = (source.link if source.link is not None else
             manifest.hash_of(source.bytes()))
    if entry.content != meant:
      raise OSError(f"{path} was not written as it should be")
    result.entries[path] = entry
  return result


def _refuse_if_in_the_way(root, new, old):
  _refuse_links_out(root, [*new.entries, manifest.PLACE])
  for path in sorted(new.entries):
    place = os.path.join(root, path)
    if not os.path.lexists(place):
      continue
    there = manifest.describe(place)
    known = path in old.entries and there is not None
    if not known and there != new.entries[path]:
      raise Refused(f"{place} is there already, and is not from an install of "
                    "Postern; move it away, or choose another prefix")


def _refuse_links_out(root, paths):
  """Folders may be links, but not to where nothing is to be written."""
  real_root = os.path.realpath(root)
  for folder in sorted({os.path.dirname(path) for path in paths}):
    place = os.path.join(root, folder)
    real = os.path.realpath(place)
    if os.path.commonpath([real, real_root]) != real_root:
      raise Refused(f"{place} leads out of the prefix, to {real}")


def _make_folders_for(transaction, path, made):
  folder = ""
  for name in path.split("/")[:-1]:
    folder = f"{folder}/{name}" if folder else name
    if transaction.make_folder(folder):
      made.add(folder)


def _with_parents(folders):
  result = set()
  for folder in folders:
    while folder and folder not in result:
      result.add(folder)
      folder = os.path.dirname(folder)
  return result


def _remove_empty(root, folders):
  """Deepest first; one that others put something into stays."""
  for folder in sorted(folders, key=lambda name: -len(name.split("/"))):
    place = root if folder == "." else os.path.join(root, folder)
    if folder != ".":
      _try_rmdir(place)
  if "." in folders:
    _try_rmdir(root)


def _try_rmdir(place):
  try:
    os.rmdir(place)
  except OSError:
    pass
