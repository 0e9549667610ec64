"""The world that conformance attempts are made in; README.md describes it.

A World is a folder with a fixed tree, listeners on loopback, and a process that
nobody may signal. The same for every host, made anew for each.
"""

import json
import os
import re
import selectors
import shutil
import socket
import subprocess
import tempfile
import threading

HERE = os.path.dirname(os.path.realpath(__file__))
LIBRARY = "/lib/x86_64-linux-gnu/libm.so.6"
FOLDERS = ["home", "app/sub/deep", "app/odd", "app/private", "app/concealed",
           "app/link", "app/special", "app/native", "app/bin", "app/drop/a",
           "app/drop/b", "app/drop/c", "app/work/forms", "app/work/links",
           "app/work/change", "app/work/meta", "app/work/moves",
           "app/work/sock", "app/work/dropped", "app/work/guarded/kept",
           "app/work/bin", "app/work/handle", "app2", "dropbox", "exact",
           "wild/a/b", "outside/empty"]
FILES = {"app/data.txt": "data", "app/sub/deep/leaf.txt": "leaf",
         "app/odd/star*.txt": "data", "app/odd/what?.txt": "data",
         "app/odd/[ab]{c,d}.txt": "data", "app/odd/new\nline.txt": "data",
         "app/odd/x (deleted)": "data", "app/odd/\u00e9.txt": "data",
         "app/private/secret.txt": "private", "app/concealed/x.txt": "hidden",
         "app/drop/a/x.txt": "drop", "app/drop/b/x.txt": "drop",
         "app/drop/c/x.txt": "drop", "app/work/guarded/kept/x.txt": "kept",
         "app2/twin.txt": "twin", "appendix.txt": "twin",
         "dropbox/in.txt": "dropped", "exact/one.txt": "one",
         "exact/two.txt": "two", "wild/a/notes.md": "notes",
         "wild/a/notes.txt": "notes", "wild/a/b/notes.md": "notes",
         "outside/secret.txt": "secret", "outside/victim.txt": "victim",
         "outside/linked.txt": "linked"}
LINKS = {"app/link/in": "../data.txt", "app/link/in-absolute": "{}/app/data.txt",
         "app/link/out": "../../outside/secret.txt",
         "app/link/out-absolute": "{}/outside/secret.txt",
         "app/link/dir-in": "../sub", "app/link/dir-out": "../../outside",
         "app/link/climb": "dir-out/../outside/secret.txt",
         "app/link/private": "../private/secret.txt",
         "app/link/loop-a": "loop-b", "app/link/loop-b": "loop-a",
         "app/private/to-data": "../data.txt", "outside/link": "secret.txt",
         "app/bin/true-link": "/usr/bin/true", "app/drop/to-a": "a",
         "app/drop/to-c": "c", "app/native/link.so": "{}/outside/libbad.so"}
# Must be the same after a host's attempts as before.
GUARDED = ["outside", "app2", "appendix.txt", "exact", "wild", "home",
           "app/private", "app/concealed", "app/data.txt", "app/sub",
           "app/odd", "app/work/guarded"]


def write(path, text, mode=0o644):
  os.makedirs(os.path.dirname(path), exist_ok=True)
  with open(path, "w", encoding="utf-8") as file:
    file.write(text)
  os.chmod(path, mode)


class Listeners:
  """Sockets on loopback that answer, and count who came."""

  def __init__(self, world):
    self.hits = {}
    self._selector = selectors.DefaultSelector()
    self.ports = {
        name: self._add(name, socket.AF_INET, kind, ("127.0.0.1", 0))[1]
        for name, kind in [("TCP", socket.SOCK_STREAM),
                           ("TCP_OTHER", socket.SOCK_STREAM),
                           ("UDP", socket.SOCK_DGRAM),
                           ("UDP_OTHER", socket.SOCK_DGRAM)]}
    self.abstract = "postern-conformance-%d" % self.ports["TCP"]
    for name, address in [
        ("UNIX", world + "/app/work/sock/echo"),
        ("UNIX_OTHER", world + "/outside/echo"),
        ("UNIX_OTHER", world + "/outside/net-only"),
        ("UNIX_OTHER", world + "/app/work/other.sock"),
        ("UNIX", "\0" + self.abstract),
        ("UNIX_OTHER", "\0" + self.abstract + "-other")]:
      self._add(name, socket.AF_UNIX, socket.SOCK_STREAM, address)
    self._wake, ours = socket.socketpair()
    self._selector.register(ours, selectors.EVENT_READ, None)
    self._thread = threading.Thread(target=self._serve, daemon=True)
    self._thread.start()

  def _add(self, name, family, kind, address):
    listener = socket.socket(family, kind)
    listener.bind(address)
    if kind == socket.SOCK_STREAM:
      listener.listen(16)
    self.hits.setdefault(name, 0)
    self._selector.register(listener, selectors.EVENT_READ, name)
    return listener.getsockname()

  def _serve(self):
    while True:
      for key, _ in self._selector.select():
        if key.data is None:
          return
        self.hits[key.data] += 1
        if key.fileobj.type == socket.SOCK_DGRAM:
          key.fileobj.sendto(*key.fileobj.recvfrom(2048))
        else:
          key.fileobj.accept()[0].close()

  def close(self):
    self._wake.send(b"x")
    self._thread.join()
    for key in list(self._selector.get_map().values()):
      key.fileobj.close()
    self._wake.close()


def free_ports(count):
  """Ports of 127.0.0.1 that were free a moment ago."""
  sockets = [socket.socket() for _ in range(count)]
  for one in sockets:
    one.bind(("127.0.0.1", 0))
  ports = [one.getsockname()[1] for one in sockets]
  for one in sockets:
    one.close()
  return ports


class World:
  """Made by the constructor, taken away by close()."""

  def __init__(self, attempts, policy, rules=()):
    # Names of unix sockets hold 107 bytes.
    folder = tempfile.gettempdir()
    self.path = os.path.realpath(tempfile.mkdtemp(
        prefix="conformance", dir=folder if len(folder) < 40 else "/tmp"))
    os.chmod(self.path, 0o755)
    self._make_tree()
    self.listeners = Listeners(self.path)
    self._outsider = subprocess.Popen(["sleep", "3600"])
    free = free_ports(2)
    self.values = {
        "WORLD": self.path, "DRIVERS": os.path.join(HERE, "drivers"),
        "ABSTRACT": self.listeners.abstract, "FREE": str(free[0]),
        "FREE_OTHER": str(free[1]), "OUTSIDER": str(self._outsider.pid),
        "RULES": "\n  ".join(rules), "HEXAPP": os.fsencode(self.path + "/app").hex(),
        **{name: str(port) for name, port in self.listeners.ports.items()}}
    self.attempts = [self.expand(attempt) for attempt in attempts]
    for attempt in self.attempts:
      for need in attempt.get("needs", []):
        self._make(*need)
    with open(policy, encoding="utf-8") as file:
      write(self.path + "/policy.textproto", self._text(file.read()))
    hidden = ("needs", "after", "asks", "expect", "gives", "lacks", "error",
              "by", "rows", "ids", "facts", "why")
    write(self.path + "/attempts.jsonl", "".join(
        json.dumps({k: v for k, v in attempt.items() if k not in hidden}) + "\n"
        for attempt in self.attempts))
    self._before = self._snapshot()

  def close(self):
    self._outsider.kill()
    self._outsider.wait()
    self.listeners.close()
    shutil.rmtree(self.path)

  def _text(self, text):
    text = re.sub(r"\$\{([A-Z_]+)\}", lambda m: self.values[m[1]], text)
    # "/./././x": as many "./" as make the whole so many bytes long.
    fill = re.search(r"\$\{FILL(\d+)\}", text)
    if fill is None:
      return text
    rest = len(os.fsencode(text)) - len(fill[0])
    dots = "./" * ((int(fill[1]) - rest) // 2)
    slash = "/" * (int(fill[1]) - rest - len(dots))
    return text.replace(fill[0], slash + dots)

  def expand(self, value):
    """Puts values in the place of ${...}; numbers of ports become numbers."""
    if isinstance(value, str):
      return self._text(value)
    if isinstance(value, list):
      return [self.expand(one) for one in value]
    if not isinstance(value, dict):
      return value
    made = {key: self.expand(one) for key, one in value.items()}
    for key in ("port", "pid"):
      if str(made.get(key)).isdigit():
        made[key] = int(made[key])
    return made

  def _make_tree(self):
    for folder in FOLDERS:
      os.makedirs(os.path.join(self.path, folder))
    for name, text in FILES.items():
      write(os.path.join(self.path, name), text)
    for name, target in LINKS.items():
      os.symlink(target.replace("{}", self.path), os.path.join(self.path, name))
    write(self.path + "/app/bin/script", "#!/bin/sh\necho hello\n", 0o755)
    for number in range(1, 42):
      os.symlink("chain%d" % (number - 1) if number > 1 else "../data.txt",
                 self.path + "/app/link/chain%d" % number)
    with open(os.fsencode(self.path) + b"/app/odd/\xff.txt", "w") as file:
      file.write("data")
    os.mkfifo(self.path + "/app/special/fifo")
    with socket.socket(socket.AF_UNIX) as one:
      one.bind(self.path + "/app/special/socket")
    for name in ["app/native/libok.so", "outside/libbad.so",
                 "app/sub/libbad.so", "app/work/libbad.so"]:
      shutil.copy(LIBRARY, os.path.join(self.path, name))

  @staticmethod
  def _make(kind, first, second=None):
    path = second if kind in ("symlink", "hardlink", "copy") else first
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if kind == "file":
      write(path, second)
    elif kind == "dir":
      os.makedirs(path, exist_ok=True)
    else:
      {"symlink": os.symlink, "hardlink": os.link,
       "copy": shutil.copy}[kind](first, path)

  def _snapshot(self):
    seen = {}
    for top in GUARDED:
      top = os.path.join(self.path, top)
      if not os.path.lexists(top):
        continue
      names = [top] + [os.path.join(folder, name)
                       for folder, folders, files in os.walk(top)
                       for name in folders + files]
      for name in names:
        seen[name] = self._state(name)
    return seen

  @staticmethod
  def _state(name):
    info = os.lstat(name)
    if os.path.islink(name):
      return os.readlink(name)
    state = (info.st_mode, info.st_uid, info.st_gid)
    if os.path.isfile(name):
      with open(name, "rb") as file:
        return state + (int(info.st_mtime), file.read())
    return state

  def _changes(self):
    """Names in the world of what is guarded, and not what it was."""
    now = self._snapshot()
    return [os.path.relpath(name, self.path)
            for name in sorted(self._before.keys() | now.keys())
            if self._before.get(name) != now.get(name)]

  def damage(self, excused):
    """What happened that nobody was granted, as lines; `excused(name)` says of
    a name in the world that it may have changed."""
    lines = ["%s is not what it was" % os.path.join(self.path, name)
             for name in self._changes() if not excused(name)]
    lines += ["somebody came to a listener of %s" % name
              for name, hits in self.listeners.hits.items()
              if name.endswith("_OTHER") and hits > 0]
    if self._outsider.poll() is not None:
      lines.append("the outsider was ended")
    return lines

  @staticmethod
  def effect(check):
    """Whether one line of "after" is true."""
    kind, path = check[:2]
    if kind == "absent":
      return not os.path.lexists(path)
    if kind == "present":
      return os.path.lexists(path)
    if not os.path.exists(path):
      return False
    if kind == "text":
      with open(path, "rb") as file:
        return file.read() == check[2].encode()
    if kind == "mode":
      return os.stat(path).st_mode & 0o7777 == check[2]
    if kind == "mtime":
      return int(os.stat(path).st_mtime) == check[2]
    raise ValueError(kind)
