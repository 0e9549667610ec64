"""Our headers as they are installed: below include/postern, named so."""

import re

OURS = re.compile(
    r'^(\s*#\s*include\s+")(postern|bindings|fs|net|permission|process)(/[^"]+")',
    re.MULTILINE)
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)


class NotPublic(Exception):
  pass


def installed_text(text):
  """`text` with the names that headers have once they are installed, so that
  an "fs/status.h" of somebody else is never taken for ours."""
  text = text.replace('"bindings/c/postern.h"', '"postern/postern.h"')
  return OURS.sub(
      lambda match: match[0] if match[2] == "postern" else
      f"{match[1]}postern/{match[2]}{match[3]}", text)


def closure(names, read):
  """`names` and the headers of ours that they include, in turn; `read` gives
  the text of one, or raises OSError."""
  texts, wanted = {}, [(name, "the targets") for name in names]
  while wanted:
    name, by = wanted.pop()
    if name in texts:
      continue
    try:
      texts[name] = read(name)
    except OSError:
      raise NotPublic(f"{by} needs {name}, which is no file of ours, and so "
                      "cannot be installed") from None
    for include in INCLUDE.findall(texts[name]):
      if not include.startswith("absl/"):
        wanted.append((include, name))
  return texts
