"""The conformance table's driver in Python: python.py ATTEMPTS_FILE WORLD_FOLDER.

Runs as a guest; ../README.md says what each operation does. `postern` is the
module that guests ask; without it, as without an adapter, that is unseen.
"""

import errno
import importlib.machinery
import importlib.util
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading

try:
  import postern
except ImportError:
  postern = None


class Unseen(Exception):
  """There is no such operation, or no such form."""


def path_of(attempt, key="path"):
  form = attempt.get("form")
  if form == "url":
    raise Unseen
  if key == "path" and "path_hex" in attempt:
    return bytes.fromhex(attempt["path_hex"])
  path = attempt[key]
  return os.fsencode(path) if form == "bytes" else path


class At:
  """A path, and the folder where it starts if it is one that was opened."""

  def __init__(self, attempt):
    self.path = path_of(attempt)
    self.flags = {}
    self._folder = None
    if attempt.get("form") == "dirfd":
      self._folder = os.open(attempt["directory"], os.O_RDONLY | os.O_DIRECTORY)
      self.flags = {"dir_fd": self._folder}

  def close(self):
    if self._folder is not None:
      os.close(self._folder)

  def open(self, flags, mode=0o644):
    return os.open(self.path, flags, mode, **self.flags)


def opened(at, mode):
  """open(), as programs do it; relative to a folder by an opener."""
  if not at.flags:
    return open(at.path, mode)
  return open(at.path, mode, opener=lambda name, flags: os.open(
      name, flags, 0o666, **at.flags))


def read(a, at):
  if "nofollow" in a.get("flags", []):
    with os.fdopen(at.open(os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
      return file.read(4000)
  with opened(at, "rb") as file:
    return file.read(4000)


def write(a, at, mode):
  with opened(at, mode) as file:
    file.write(a["text"].encode())


def real_path(_, at):
  """Without the folders above, which nobody granted; they are no links here."""
  found = os.path.realpath(at.path)
  os.lstat(found)
  return found


def access(_, at):
  if not os.access(at.path, os.F_OK, **at.flags):
    raise PermissionError(errno.EACCES, "not there")


def change_folder(_, at):
  before = os.getcwd()
  os.chdir(at.path)
  os.chdir(before)


def list_folder(_, at):
  if not at.flags:
    return "\n".join(os.fsdecode(name) for name in os.listdir(at.path))
  folder = at.open(os.O_RDONLY | os.O_DIRECTORY)
  try:
    return "\n".join(os.listdir(folder))
  finally:
    os.close(folder)


def make_temporary(_, at):
  folder, prefix = os.path.split(at.path)
  return tempfile.mkdtemp(prefix=prefix, dir=folder)


def times(a):
  return (a["time_ms"] * 1000000,) * 2


def unseen(*_):
  raise Unseen


FILES = {
    "fs.read": read,
    "fs.write": lambda a, at: write(a, at, "wb"),
    "fs.append": lambda a, at: write(a, at, "ab"),
    "fs.create": lambda a, at: write(a, at, "xb"),
    "fs.truncate": lambda a, at: os.truncate(at.path, a["size"]),
    "fs.stat": lambda a, at: os.stat(at.path, **at.flags),
    "fs.lstat": lambda a, at: os.lstat(at.path, **at.flags),
    "fs.access": access,
    "fs.statfs": lambda a, at: os.statvfs(at.path),
    "fs.realpath": real_path,
    "fs.readlink": lambda a, at: os.readlink(at.path, **at.flags),
    "fs.list": list_folder,
    "fs.watch": unseen,
    "fs.chdir": change_folder,
    "fs.mkdir": lambda a, at: os.mkdir(at.path, **at.flags),
    "fs.rmdir": lambda a, at: os.rmdir(at.path, **at.flags),
    "fs.remove": lambda a, at: os.unlink(at.path, **at.flags),
    "fs.remove_tree": lambda a, at: shutil.rmtree(at.path),
    "fs.mkfifo": lambda a, at: os.mkfifo(at.path, **at.flags),
    "fs.mkdtemp": make_temporary,
    "fs.rename": lambda a, at: os.rename(at.path, path_of(a, "to")),
    "fs.link": lambda a, at: os.link(at.path, path_of(a, "to")),
    "fs.copy": lambda a, at: shutil.copyfile(at.path, path_of(a, "to")),
    "fs.symlink": lambda a, at: os.symlink(a["target"], at.path, **at.flags),
    "fs.chmod": lambda a, at: os.chmod(at.path, a["mode"]),
    "fs.chown": lambda a, at: os.chown(at.path, a["user"], a["group"]),
    "fs.utimes": lambda a, at: os.utime(at.path, ns=times(a)),
    "fs.setxattr": lambda a, at: os.setxattr(at.path, a["name"],
                                             a["value"].encode()),
}

HANDLES = {
    "handle.read": lambda a, fd: os.read(fd, 4000),
    "handle.write": lambda a, fd: os.write(fd, a["text"].encode()),
    "handle.stat": lambda a, fd: os.fstat(fd),
    "handle.sync": lambda a, fd: os.fsync(fd),
    "handle.chmod": lambda a, fd: os.fchmod(fd, a["mode"]),
    "handle.chown": lambda a, fd: os.fchown(fd, a["user"], a["group"]),
    "handle.utimes": lambda a, fd: os.utime(fd, ns=times(a)),
    "handle.truncate": lambda a, fd: os.ftruncate(fd, a["size"]),
}


def with_handle(a):
  reading = a["flags"] == ["r"]
  fd = os.open(a["path"], os.O_RDONLY if reading else os.O_WRONLY)
  try:
    if a.get("drop", {}).get("when") == "opened":
      drop(a)
    return HANDLES[a["op"]](a, fd)
  finally:
    os.close(fd)


def connect(a):
  socket.create_connection((a["host"], a["port"]), timeout=5).close()


def send(a):
  with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
    one.sendto(b"x", (a["host"], a["port"]))


def listen(a):
  with socket.socket() as one:
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    one.bind((a["host"], a["port"]))
    one.listen(1)


def kind_of_socket(a):
  family = {"inet": "AF_INET", "packet": "AF_PACKET", "netlink": "AF_NETLINK",
            "vsock": "AF_VSOCK"}[a["domain"]]
  kind = {"raw": socket.SOCK_RAW, "stream": socket.SOCK_STREAM}[a["type"]]
  protocol = socket.IPPROTO_ICMP if a["domain"] == "inet" else 0
  return getattr(socket, family), kind, protocol


def raw_socket(a):
  socket.socket(*kind_of_socket(a)).close()


def unix(a):
  address = "\0" + a["abstract"] if "abstract" in a else a["path"]
  with socket.socket(socket.AF_UNIX) as one:
    one.settimeout(5)
    if a["op"] == "unix.connect":
      one.connect(address)
    else:
      one.bind(address)
      one.listen(1)


def spawn(a):
  variables = {**os.environ, **a["env"]} if "env" in a else None
  done = subprocess.run(a["argv"], stdout=subprocess.PIPE, check=False,
                        stdin=subprocess.DEVNULL, env=variables,
                        cwd=a.get("cwd"))
  return done.stdout


def shell(a):
  return subprocess.run(a["code"], shell=True, stdout=subprocess.PIPE,
                        check=False).stdout


def send_signal(a):
  child = None
  pid = {"self": os.getpid(), "parent": os.getppid()}.get(a["pid"], a["pid"])
  if pid == "child":
    child = subprocess.Popen(["/usr/bin/sleep", "30"])
    pid = child.pid
  try:
    os.kill(pid, a["signal"])
  finally:
    if child is not None:
      child.send_signal(signal.SIGKILL)
      child.wait()


def read_variable(a):
  value = os.environ.get(a["name"])
  if value is None:
    if not a["name"] or "=" in a["name"] or "\0" in a["name"]:
      raise ValueError("no name")
    raise PermissionError(errno.EACCES, "no such variable")
  return value


def write_variable(a):
  os.environ[a["name"]] = a["value"]


def delete_variable(a):
  try:
    del os.environ[a["name"]]
  except KeyError:
    raise PermissionError(errno.EACCES, "no such variable") from None


FACTS = {"cpus": os.cpu_count, "osRelease": lambda: os.uname().release,
         "hostname": socket.gethostname, "uid": os.getuid,
         "networkInterfaces": socket.if_nameindex, "loadavg": os.getloadavg}


def refuse_unless(granted):
  if not granted:
    raise PermissionError(errno.EACCES, "no")


def has(a):
  if postern is None:
    raise Unseen
  rest = [a["resource"]] if "resource" in a else []
  refuse_unless(postern.has(a["permission"], *rest))


def call(a):
  if postern is None:
    raise Unseen
  refuse_unless(postern.has("plugin.call", a["function"], *a["args"],
                            **a.get("named", {})))


def load(a):
  """As an extension; what is none was loaded, and then not taken for one."""
  loader = importlib.machinery.ExtensionFileLoader("native", a["path"])
  spec = importlib.util.spec_from_file_location("native", a["path"],
                                                loader=loader)
  try:
    importlib.util.module_from_spec(spec)
  except ImportError as error:
    if "PyInit_native" not in str(error):
      raise


def start_thread(_):
  thread = threading.Thread(target=int)
  thread.start()
  thread.join()


OTHERS = {
    "net.connect": connect, "net.send": send, "net.listen": listen,
    "net.resolve": lambda a: str(socket.getaddrinfo(a["host"], None)),
    "net.socket": raw_socket, "unix.connect": unix, "unix.listen": unix,
    "process.spawn": spawn, "process.shell": shell,
    "process.signal": send_signal,
    "env.read": read_variable, "env.write": write_variable,
    "env.delete": delete_variable,
    "env.list": lambda a: "\n".join(os.environ),
    "sys.info": lambda a: str(FACTS[a["fact"]]()),
    "code.load": load,
    "code.eval": lambda a: str(eval(a["code"])),
    "thread.create": start_thread, "plugin.call": call, "has": has,
}


def drop(a):
  if postern is None:
    raise Unseen
  what = a["drop"]
  rest = [what["resource"]] if "resource" in what else []
  try:
    postern.drop(what["permission"], *rest)
  except ValueError:
    pass  # what cannot be read drops more, and says so


def make(a):
  """Makes the attempt; its detail, or an exception."""
  if a["op"] in OTHERS:
    return OTHERS[a["op"]](a)
  if a["op"] in HANDLES:
    return with_handle(a)
  if a["op"] not in FILES:
    raise Unseen
  at = At(a)
  try:
    return FILES[a["op"]](a, at)
  finally:
    at.close()


def verdict_of(a):
  try:
    detail = make(a)
  except Unseen:
    return "unseen", ""
  except PermissionError as error:
    return "denied", str(error)
  except OSError as error:
    moved = error.errno == errno.EXDEV and a["op"] in ("fs.rename", "fs.link")
    name = errno.errorcode.get(error.errno, "")
    return "denied" if moved else "error", "%s %s" % (name, error)
  except Exception as error:
    return "error", "%s: %s" % (type(error).__name__, error)
  if isinstance(detail, bytes):
    detail = detail.decode(errors="replace")
  return "granted", detail if isinstance(detail, str) else ""


def in_thread(a):
  said = []
  thread = threading.Thread(target=lambda: said.append(verdict_of(a)))
  thread.start()
  thread.join()
  return said[0]


def answer(a):
  if "drop" in a and "when" not in a["drop"]:
    try:
      drop(a)
    except Unseen:
      return "unseen", ""
  if a.get("in") != "worker":
    return verdict_of(a)
  try:
    return in_thread(a)
  except PermissionError as error:
    return "denied", str(error)


def main():
  with open(sys.argv[1], encoding="utf-8") as file:
    attempts = [json.loads(line) for line in file]
  for attempt in attempts:
    verdict, detail = answer(attempt)
    # Written at once: a guest that ends says how far it came.
    os.write(1, (json.dumps({"id": attempt["id"], "verdict": verdict,
                             "detail": detail[:4000]}) + "\n").encode())


if __name__ == "__main__":
  main()
