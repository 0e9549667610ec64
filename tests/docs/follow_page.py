"""Follows a page of the documentation as a reader would, in an empty folder.

usage: follow_page.py PAGE [NAME=PATH]...

Each NAME=PATH puts a copy of a file there before the first step; what lies in
"bin/" is found as a program. Then, from the top of the page:

  ```LANGUAGE FILE    the block is the file's text: it is written, or compared
                      with one that a NAME=PATH brought
  ```console          "$ " begins a command, which one shell for the whole page
                      runs; the lines after it are what it prints. "..."
                      stands for anything within a line, and alone for any
                      lines. A command that fails has to be followed by
                      "$ echo $?"
  ```sh build         run if the environment's P names a folder with an install;
                      else what these commands build has to be brought
  ```sh, ```text      only shown

Any other fence is an error, so that no block is left out by a slip.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile

# Ends a step's output and keeps its status for an "echo $?" that follows.
SHELL = r"""mark() { local status=$?; printf '\n\001step %d\001%d\n' "$1" $status
  return $status; }
"""
STEP_END = "\n\x01step [0-9]+\x01([0-9]+)\n"


class Step:
    """A command, the line of the page where it stands, and its output."""

    def __init__(self, line, command, expected=""):
        self.line, self.command, self.expected = line, command, expected


def blocks(page):
    """Yields (line, words after the fence, text) for each fenced block."""
    line, info, text = 0, None, []
    for number, row in enumerate(page.splitlines(), 1):
        if row.startswith("```") and info is None:
            line, info, text = number, row[3:].split(), []
        elif row.startswith("```"):
            yield line, info, "".join(part + "\n" for part in text)
            info = None
        elif info is not None:
            text.append(row)


def commands(line, text):
    """The steps of a console block."""
    steps, continued = [], False
    for number, row in enumerate(text.splitlines(), line + 1):
        if continued:
            steps[-1].command += "\n" + row
        elif row.startswith("$ "):
            steps.append(Step(number, row[2:]))
        elif steps:
            steps[-1].expected += row + "\n"
            continue
        else:
            raise SystemExit("line %d: expected a command after \"$ \"" % number)
        continued = row.endswith("\\")
    return steps


def write_file(folder, line, name, text):
    """The step that writes a file; one that was brought has to be the same."""
    path = os.path.join(folder, name)
    if not os.path.exists(path):
        return [Step(line, "mkdir -p '%s'; cat >'%s' <<'END OF %s'\n%sEND OF %s" %
                     (os.path.dirname(name) or ".", name, name, text, name))]
    with open(path) as existing:
        if existing.read() != text:
            raise SystemExit("line %d: %s is not what the file says" %
                             (line, name))
    return []


def steps_of(page, folder):
    steps = []
    for line, info, text in blocks(page):
        if info == ["console"]:
            steps += commands(line, text)
        elif info == ["sh", "build"]:
            steps += [Step(line, text.strip())] if "P" in os.environ else []
        elif len(info) == 2 and re.search("[./]", info[1]):
            steps += write_file(folder, line, info[1], text)
        elif info not in (["sh"], ["text"]):
            raise SystemExit("line %d: unknown fence %s" % (line, info))
    return steps


def run(folder, steps):
    """Runs all commands in one shell; their outputs and statuses."""
    script = SHELL + "".join("%s\nmark %d\n" % (step.command, i)
                             for i, step in enumerate(steps))
    environment = {"HOME": folder, "LC_ALL": "C.UTF-8", "PATH":
                   folder + "/bin:/usr/local/bin:/usr/bin:/bin"}
    if "P" in os.environ:
        environment["P"] = os.environ["P"]
    done = subprocess.run(["bash", "-c", script], cwd=folder, env=environment,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    parts = re.split(STEP_END, done.stdout.decode(errors="replace"))
    return list(zip(parts[0::2], map(int, parts[1::2])))


def pattern_of(row):
    if row == "...":
        return "(?:.*\n)*?"
    return ".*".join(map(re.escape, row.split("..."))) + "\n"


def is_as_written(expected, got):
    pattern = "".join(map(pattern_of, expected.splitlines()))
    return re.fullmatch(pattern, got + "\n" if got and got[-1] != "\n" else got)


def compare(steps, results):
    """How many steps did not go as the page says."""
    failed = 0
    for i, step in enumerate(steps):
        got, status = results[i] if i < len(results) else ("", -1)
        told = i + 1 < len(steps) and steps[i + 1].command == "echo $?"
        if is_as_written(step.expected, got) and (status == 0 or told):
            continue
        failed += 1
        print("line %d: $ %s\nexpected:\n%s\ngot, status %d:\n%s\n" %
              (step.line, step.command, step.expected, status, got))
    return failed


def main(page, *files):
    with tempfile.TemporaryDirectory() as folder:
        for name, path in (file.split("=", 1) for file in files):
            place = os.path.join(folder, name)
            os.makedirs(os.path.dirname(place), exist_ok=True)
            shutil.copy(path, place)
        with open(page) as text:
            steps = steps_of(text.read(), folder)
        failed = compare(steps, run(folder, steps))
    print("%s: %d steps, %d failed" % (page, len(steps), failed))
    return 1 if failed or not steps else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
