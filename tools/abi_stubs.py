"""Makes a library of empty functions out of the C interface's headers.

usage: abi_stubs.py HEADER
Prints C: the header, and a definition for each function that it declares. The
definitions have the debugging information that declarations lack, by which
tools/abi compares two versions of the interface. Enumerators, which leave no
trace in a library, become the size of an array each, named after them.
"""

import re
import subprocess
import sys

FUNCTION = re.compile(r"^[a-z][\w\s*]*?\bpostern_\w+\s*\(.*\)$", re.DOTALL)
ENUMERATOR = re.compile(r"\b(POSTERN_\w+)\s*(?:=|,|\})")


def statements(text):
  """Yields what ends in ";" outside of braces."""
  depth, start = 0, 0
  for i, char in enumerate(text):
    if char == "{":
      depth += 1
    elif char == "}":
      depth -= 1
    elif char == ";" and depth == 0:
      yield text[start:i].strip()
      start = i + 1


def main():
  header = sys.argv[1]
  done = subprocess.run(["gcc", "-std=c99", "-E", "-P", header],
                        stdout=subprocess.PIPE, text=True)
  if done.returncode != 0:
    return 1
  print(f'#include "{header}"')
  functions = 0
  for statement in statements(done.stdout):
    if statement.startswith("enum"):
      for name in ENUMERATOR.findall(statement):
        # Of sizes that are never 0, nor negative.
        print(f"char postern_value_of_{name}[(long long){name} + 1000];")
    elif not statement.startswith("typedef") and FUNCTION.match(statement):
      if "postern_" in statement:
        print(statement + " { __builtin_trap(); }")
        functions += 1
  return 0 if functions > 0 else 1


if __name__ == "__main__":
  sys.exit(main())
