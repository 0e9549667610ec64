"""Gives BUILD files the load() lines of the C++ rules that they use.

  tools/load_lines.py [--check] FILE...

Newer Bazel has no C++ rules of its own. With --check nothing is written; files
that differ are named, and the exit status is 1 if there are any.
"""

import os
import re
import sys

RULE = re.compile(r"^(cc_\w+)\(", re.MULTILINE)
LOAD = re.compile(r'^load\("@rules_cc//cc:defs\.bzl"[^)]*\)\n', re.MULTILINE)
# Where the line goes if there is none: behind the comment on the whole file.
BEGIN = re.compile(r"\A(?:#[^\n]*\n)*\n|\A")


def with_load_line(text):
  rules = sorted(set(RULE.findall(text)))
  line = ""
  if rules:
    names = ", ".join(f'"{rule}"' for rule in rules)
    line = f'load("@rules_cc//cc:defs.bzl", {names})\n'
  if LOAD.search(text):
    return LOAD.sub(line, text, count=1)
  if not line:
    return text
  begin = BEGIN.match(text).end()
  rest = text[begin:]
  gap = "" if rest.startswith("load(") else "\n"
  return text[:begin] + line + gap + rest


def main():
  check = "--check" in sys.argv[1:]
  differ = 0
  for name in (arg for arg in sys.argv[1:] if arg != "--check"):
    if not os.path.exists(name):
      continue  # deleted, not yet committed
    with open(name, encoding="utf-8") as file:
      text = file.read()
    wanted = with_load_line(text)
    if wanted == text:
      continue
    differ += 1
    if check:
      print(f"{name}: load() does not name the C++ rules that it uses")
    else:
      with open(name, "w", encoding="utf-8") as file:
        file.write(wanted)
  return 1 if check and differ else 0


if __name__ == "__main__":
  sys.exit(main())
