"""Whether docs/install.md shows each file of the consumers as it stands.

  page.py PAGE CONSUMERS
"""

import os
import re
import sys

BLOCK = re.compile(r"^```\w+ (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def main():
  page, consumers = sys.argv[1:]
  with open(page, encoding="utf-8") as file:
    shown = BLOCK.findall(file.read())
  texts = {}
  for folder, _, names in os.walk(consumers):
    for name in names:
      path = os.path.join(folder, name)
      with open(path, encoding="utf-8") as file:
        texts["tests/install/" + os.path.relpath(
            path, os.path.dirname(consumers))] = file.read()
  wrong = [name for name, text in shown if texts.get(name) != text]
  # Files of one text are shown once.
  missing = [name for name, text in texts.items()
             if text not in [block for _, block in shown]]
  for name in wrong:
    print(f"{page} shows {name} otherwise than it is")
  for name in missing:
    print(f"{page} does not show {name}")
  sys.exit(1 if wrong or missing or not shown else 0)


if __name__ == "__main__":
  main()
