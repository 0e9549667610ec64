"""What is installed where: a dict of paths below the prefix to Source."""

import os
import re
import subprocess

import headers
from changes import Source

SHELLS = {
    "bash": "share/bash-completion/completions/postern",
    "fish": "share/fish/vendor_completions.d/postern.fish",
    "zsh": "share/zsh/site-functions/_postern",
}

# Of these the program, or a static library, holds parts; their licences want
# that to be said. docs/install.md tells more.
PACKAGES = (
    "libabsl-dev", "libcli11-dev", "libgcc-12-dev", "liblua5.4-dev",
    "libprotobuf-dev", "libre2-dev", "libseccomp-dev", "libsodium-dev",
    "libsqlite3-dev", "libssl-dev", "libstdc++-12-dev", "libyaml-dev",
    "rapidjson-dev", "zlib1g-dev",
)


class Missing(Exception):
  pass


class Built:
  """Where the parts are that Bazel built."""

  def __init__(self, bin_folder):
    self.program = os.path.join(bin_folder, "bindings/cli/postern")
    # What the program starts for guests in Python.
    self.c = os.path.join(bin_folder, "bindings/c/libpostern")
    self.cpp = os.path.join(bin_folder, "tools/installer/libpostern-cpp")
    self.bindings = os.path.join(bin_folder, "bindings")

  def run(self, *arguments):
    return subprocess.run([self.program, *arguments], check=True,
                          stdout=subprocess.PIPE).stdout

  def version(self):
    text = self.run("--version").decode()
    match = re.fullmatch(r"postern (\d+\.\d+\.\d+)\n", text)
    if not match:
      raise Missing(f"the program says it is \"{text.strip()}\"")
    return match[1]


def make(root, built, adapters, work):
  """The tree; `root` is the checkout, `adapters` the files of adapters below its
  bindings/, `work` an empty folder for files that live only until they are
  installed."""
  tree = {}
  _add_libraries(tree, built, work)
  _add_program(tree, built, work)
  _add_adapters(tree, built, adapters, work)
  _add_headers(tree, root, built)
  _add_packages(tree, root, built)
  _add_documents(tree, root)
  return tree


def _stripped(path, work):
  result = os.path.join(work, os.path.basename(path))
  subprocess.run(["strip", "--strip-unneeded", "-o", result, path], check=True)
  return result


def _soname(library):
  text = subprocess.run(["readelf", "-dW", library], check=True,
                        stdout=subprocess.PIPE, text=True).stdout
  match = re.search(r"\(SONAME\).*\[(.*)\]", text)
  if not match:
    raise Missing(f"{library} has no SONAME")
  return match[1]


def _add_libraries(tree, built, work):
  shared = f"libpostern.so.{built.version()}"
  soname = _soname(built.c + ".so")
  tree[f"lib/{shared}"] = Source(file=_stripped(built.c + ".so", work))
  tree[f"lib/{soname}"] = Source(link=shared)
  tree["lib/libpostern.so"] = Source(link=soname)
  tree["lib/libpostern.a"] = Source(file=built.c + ".a")
  tree["lib/libpostern-cpp.a"] = Source(file=built.cpp + ".a")


def _add_program(tree, built, work):
  tree["bin/postern"] = Source(mode=0o755, file=_stripped(built.program, work))
  pages = os.path.join(work, "man1")
  os.mkdir(pages)
  built.run("man", "--into", pages)
  for name in os.listdir(pages):
    tree[f"share/man/man1/{name}"] = Source(file=os.path.join(pages, name))
  for shell, place in SHELLS.items():
    tree[place] = Source(data=built.run("completion", shell))


# Where bindings/cli/adapter_files.h looks for them.
def _add_adapters(tree, built, adapters, work):
  for name in adapters:
    path = os.path.join(built.bindings, name)
    with open(path, "rb") as file:
      native = file.read(4) == b"\x7fELF"
    tree[f"libexec/postern/{name}"] = Source(
        mode=0o755 if os.access(path, os.X_OK) and native else 0o644,
        file=_stripped(path, work) if native else path)


def _lines(path):
  with open(path, encoding="utf-8") as file:
    return file.read().split()


def _add_headers(tree, root, built):
  def read(name):
    with open(os.path.join(root, name), encoding="utf-8") as file:
      return file.read()

  for name, text in headers.closure(_lines(built.cpp + ".headers"),
                                    read).items():
    place = "include/postern/" + name.removeprefix("postern/")
    tree[place] = Source(data=headers.installed_text(text).encode())
  for name in os.listdir(os.path.join(root, "bindings/c/postern")):
    tree[f"include/postern/{name}"] = Source(
        file=os.path.join(root, "bindings/c/postern", name))


def _add_packages(tree, root, built):
  version = built.version()
  libraries = _lines(built.cpp + ".flags") + ["-lstdc++", "-lm"]
  words = {
      "VERSION": version,
      "MAJOR": version.split(".")[0],
      "MINOR": version.split(".")[1],
      "SONAME": _soname(built.c + ".so"),
      "CPP_LIBS": " ".join(libraries),
      "CPP_LIBS_LIST": ";".join(libraries),
  }
  for name, folder in (("postern.pc", "lib/pkgconfig"),
                       ("postern-cpp.pc", "lib/pkgconfig"),
                       ("PosternConfig.cmake", "lib/cmake/Postern"),
                       ("PosternConfigVersion.cmake", "lib/cmake/Postern")):
    path = os.path.join(root, "tools/installer/templates", name)
    with open(path, encoding="utf-8") as file:
      text = re.sub(r"@(\w+)@", lambda match: words[match[1]], file.read())
    tree[f"{folder}/{name}"] = Source(data=text.encode())


def _add_documents(tree, root):
  documents = "share/doc/postern"
  tree[f"{documents}/LICENSE"] = Source(file=os.path.join(root, "LICENSE"))
  for package in PACKAGES:
    path = f"/usr/share/doc/{package}/copyright"
    if not os.path.exists(path):
      raise Missing(f"{path} is missing, which the licences of what is linked "
                    "in want to go along; install the package again")
    tree[f"{documents}/third_party/{package}.txt"] = Source(file=path)
  examples = os.path.join(root, "docs/examples")
  for name in os.listdir(examples):
    example = dict(_files_of(os.path.join(examples, name)))
    # Guests in Lua are hosted by who builds with Bazel only.
    if all(_can_be_built(source, tree) for source in example.values()):
      for path, source in example.items():
        tree[f"{documents}/examples/{name}/{path}"] = source


def _files_of(example):
  for folder, _, names in os.walk(example):
    for name in names:
      if name != "BUILD.bazel":
        path = os.path.join(folder, name)
        yield os.path.relpath(path, example), _example(path)


def _example(path):
  mode = 0o755 if os.access(path, os.X_OK) else 0o644
  with open(path, "rb") as file:
    data = file.read()
  if path.endswith((".c", ".cc")):
    data = headers.installed_text(data.decode()).encode()
  return Source(mode=mode, data=data)


def _can_be_built(source, tree):
  """Whether all headers of ours that it includes are installed."""
  ours = re.findall(rb'^#include "(postern/.*)"', source.data, re.MULTILINE)
  return all(f"include/{name.decode()}" in tree for name in ours)
