"""The list of what an install put below a prefix; uninstalling reads it."""

import hashlib
import os
import stat

# Where it lies below the prefix.
PLACE = "share/postern/manifest.txt"


class BadManifest(Exception):
  pass


class Entry:
  """One file or link: what it is, so that one can see whether it still is."""

  def __init__(self, kind, mode, content):
    self.kind = kind  # "file" or "link"
    self.mode = mode  # as in "644"; "-" of links
    self.content = content  # the file's SHA-256, or where the link leads

  def __eq__(self, other):
    return (isinstance(other, Entry) and
            (self.kind, self.content) == (other.kind, other.content))


def describe(path):
  """The Entry of what lies at `path`, or None if it is neither file nor link."""
  status = os.lstat(path)
  if stat.S_ISLNK(status.st_mode):
    return Entry("link", "-", os.readlink(path))
  if not stat.S_ISREG(status.st_mode):
    return None
  with open(path, "rb") as file:
    content = hash_of(file.read())
  return Entry("file", format(stat.S_IMODE(status.st_mode), "o"), content)


def hash_of(content):
  return hashlib.sha256(content).hexdigest()


class Manifest:

  def __init__(self):
    self.folders = set()  # those that an install made, "." for the prefix
    self.entries = {}  # path below the prefix to Entry

  def to_text(self):
    lines = [f"folder {folder}" for folder in sorted(self.folders)]
    for path, entry in sorted(self.entries.items()):
      lines.append(f"{entry.kind} {entry.mode} {entry.content} {path}")
    return "postern-manifest 1\n" + "".join(line + "\n" for line in lines)


def _inside(path, place):
  """`path`, unless it could lead out of the prefix."""
  parts = path.split("/")
  if path != "." and ("" in parts or "." in parts or ".." in parts):
    raise BadManifest(f"{place}: \"{path}\" is no path below the prefix")
  return path


def parse(text, name):
  """Reads to_text(); `name` is for messages."""
  manifest = Manifest()
  lines = text.split("\n")
  if lines[0] != "postern-manifest 1" or lines[-1] != "":
    raise BadManifest(f"{name} is not a whole manifest of version 1")
  for number, line in enumerate(lines[1:-1], start=2):
    place = f"{name}:{number}"
    words = line.split(" ", 3)
    if words[0] == "folder" and len(words) == 2:
      manifest.folders.add(_inside(words[1], place))
    elif words[0] in ("file", "link") and len(words) == 4:
      manifest.entries[_inside(words[3], place)] = Entry(*words[:3])
    else:
      raise BadManifest(f"{place}: expected a folder, a file or a link")
  return manifest


def read(root):
  """The manifest below `root`, an empty one if there is none."""
  path = os.path.join(root, PLACE)
  try:
    with open(path, encoding="utf-8") as file:
      return parse(file.read(), path)
  except FileNotFoundError:
    return Manifest()
  except UnicodeDecodeError:
    raise BadManifest(f"{path} is not text") from None
