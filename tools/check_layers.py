"""Checks that no dependency goes against the layers of docs/design.md.

Reads the output of
  bazel query --noimplicit_deps --nohost_deps --output=graph \\
      --nograph:factored 'deps(//...)'
from standard input, prints each violation, and exits 1 if there is any.
--public FILE names the targets that programs outside may depend on, one a line:
these must be the facades. What the facades' headers include must be shown by a
facade too, and postern/cpp.h must include all of them.
"""

import argparse
import os
import re
import sys

EDGE = re.compile(r'^\s*"([^"]+)" -> "([^"]+)"$')

# What each layer may depend on, besides itself and other repositories.
BELOW = {
    "fs/base": set(),
    "fs": {"fs/base"},
    "net": {"fs/base"},
    "process": {"fs/base"},
    "permission": {"fs/base", "fs", "net", "process"},
    # Deciding does not need to know what a kernel can hold.
    "permission/backstop": {"permission", "fs/base", "fs", "net", "process"},
    "bindings/c": {"permission", "permission/backstop", "fs/base", "fs", "net",
                   "process"},
    "bindings/host": {"bindings/c", "permission"},
    "bindings/*": {"bindings/c", "bindings/host", "permission",
                   "permission/backstop", "fs/base", "fs", "net", "process"},
    # The program that brings an interpreter and plugins together.
    "bindings/cli": {"bindings/c", "bindings/deno", "bindings/host",
                     "bindings/lua", "bindings/mcp", "bindings/node",
                     "bindings/plugins", "bindings/python", "permission",
                     "permission/backstop", "fs/base", "net", "process"},
}
CORE = "//permission:permission"
UMBRELLA = "//:postern"

# What programs outside may depend on. All other targets are for the rooms that
# use them, and may change at any time.
FACADES = {
    UMBRELLA: "the C++ interface whole",
    CORE: "rules, contexts, monitors",
    "//permission/backstop:backstop": "a confined process; brings libseccomp",
    "//permission/proto:proto": "policies as files; brings protobuf",
    "//permission/approval:approval": "manifests, reviews, approvals",
    "//permission/approval:manifest_proto": "brings protobuf",
    "//permission/approval:sqlite_store": "brings SQLite",
    "//fs:fs": "guarded files",
    "//net:net": "guarded network",
    "//net/csp:csp": "pages",
    "//bindings/c:c": "the C interface",
    "//bindings/c:libpostern.so": "the same, to be loaded",
    "//bindings/c:headers": "its headers, to be installed",
    "//bindings/c:include": "the same, as <postern/postern.h>",
    "//bindings/cli:postern": "the program",
    "//bindings/lua:lua": "guests in Lua",
    "//bindings/lua:full_library": "Lua's own library, guarded",
    "//bindings/lua:full_library_luajit": "the same for LuaJIT",
    "//bindings/python:postern-python": "a Python script as a guest",
    "//bindings/python:_postern.so": "import postern",
    "//bindings/duktape:duktape": "guests in JavaScript",
    "//bindings/host:catalog": "what plugins look like",
    "//bindings/host:denial": "what a guest is told of a denial",
    "//bindings/host:plugin_calls": "what a host is told of one",
    "//bindings/host:value": "what they take and give",
    "//bindings/plugins:exec_in": "a plugin",
    "//net/testing:fake_resolver": "for tests of programs",
    "//permission/approval:fake_approval_store": "for tests of programs",
}
CORE_REPOSITORIES = {"com_google_absl", "com_googlesource_code_re2"}
TOOL_REPOSITORIES = re.compile(
    r"^(bazel_tools|local_config_\w+|local_jdk|platforms|rules_\w+"
    r"|remote_coverage_tools|system)$")
PROTOBUF = re.compile(r"^@com_google_protobuf//|_cc_proto$")


def folder(label):
  """Returns the layer of a label, or None for the rest of the project."""
  if not label.startswith("//"):
    return None
  parts = label[2:].split(":")[0].split("/")
  if parts[0] == "bindings" and len(parts) > 1:
    return "/".join(parts[:2])
  if "/".join(parts[:2]) in BELOW:
    return "/".join(parts[:2])
  return parts[0] if parts[0] in BELOW else None


def closure(graph, start):
  seen, stack = {start}, [start]
  while stack:
    for target in graph.get(stack.pop(), ()):
      if target not in seen:
        seen.add(target)
        stack.append(target)
  return seen


def facade_problems(public):
  """Returns what is public and should not be, and the other way round."""
  return ([f"{target} is public, and no facade"
           for target in sorted(public - set(FACADES))] +
          [f"{target} is a facade, and not public"
           for target in sorted(set(FACADES) - public)])


def headers_of(graph, target):
  """Returns the headers that a target lists, as paths."""
  return {label[2:].replace(":", "/").lstrip("/")
          for label in graph.get(target, ())
          if label.startswith("//") and label.endswith(".h")}


def includes_of(header):
  if not os.path.isfile(header):
    return set()
  with open(header) as file:
    return {name for name in re.findall(r'^#include "([^"]+)"', file.read(), re.M)
            if os.path.isfile(name)}


def header_problems(graph):
  """Returns what facades' headers pull in that no facade shows."""
  shown = set().union(*(headers_of(graph, facade) for facade in FACADES))
  problems = [f"{header} includes {other}, which no facade shows"
              for header in sorted(shown)
              for other in sorted(includes_of(header) - shown)]
  for umbrella in headers_of(graph, UMBRELLA):
    parts = [headers_of(graph, part) for part in graph[UMBRELLA]]
    wanted = {header for header in set().union(*parts)
              if "/internal/" not in header}
    problems += [f"{umbrella} does not include {header}"
                 for header in sorted(wanted - includes_of(umbrella))]
  return problems


def main():
  parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
  parser.add_argument("--public", metavar="FILE")
  arguments = parser.parse_args()
  graph = {}
  for line in sys.stdin:
    edge = EDGE.match(line)
    if edge:
      graph.setdefault(edge.group(1), set()).add(edge.group(2))

  problems = []
  for source, targets in sorted(graph.items()):
    layer = folder(source)
    if layer is None:
      continue
    allowed = BELOW.get(layer, BELOW["bindings/*"])
    for target in sorted(targets):
      other = folder(target)
      in_project = target.startswith("//")
      if other is not None and other != layer and other not in allowed:
        problems.append(f"{source} -> {target}: {layer} must not know {other}")
      elif in_project and other is None and re.match(
          r"//(tests|benchmarks|docs)\b", target):
        problems.append(f"{source} -> {target}: not part of the library")
      elif (PROTOBUF.search(target) and layer in BELOW and
            not source.endswith("_proto")):
        problems.append(
            f"{source} -> {target}: only _proto targets may see protobuf")

  problems += header_problems(graph)
  if arguments.public is not None:
    with open(arguments.public) as file:
      problems += facade_problems(set(file.read().split()))

  if CORE not in graph:
    problems.append(f"there is no {CORE}")
  for target in sorted(closure(graph, CORE)):
    repository = re.match(r"^@([^/]*)//", target)
    if (repository and repository.group(1) not in CORE_REPOSITORIES and
        not TOOL_REPOSITORIES.match(repository.group(1))):
      problems.append(f"{CORE} -> ... -> {target}: the core links only "
                      "Abseil and RE2")

  for problem in problems:
    print(problem)
  print(f"layers: {len(graph)} targets, {len(problems)} violations")
  return 1 if problems else 0


if __name__ == "__main__":
  sys.exit(main())
