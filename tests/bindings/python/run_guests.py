"""Runs each script of guests/ as a guest of postern-python, in a small world.

usage: run_guests.py POSTERN_PYTHON GUEST...

A guest is a unittest whose first argument is the world's folder:
  granted/      fs (with a link "out" to ../other, and a link "in" to file)
  granted/no    denied, granted/hidden concealed
  readable/     fs.read
  other/        nothing

Lines at its beginning say more: "# grant: PERMISSION pattern: PATTERN" is a rule
of its own, and "# host: ADDRESS NAME" a line of its /etc/hosts, where this
machine lets it have one.
"""

import os
import subprocess
import sys
import tempfile
import xml.sax.saxutils

POLICY = """version: 1
layers {
  name: "grants"
  rules { allow: "fs.read" pattern: "/usr/lib/python3.11" }
  rules { allow: "fs.read" pattern: "exact:/dev/null" }
  rules { allow: "fs.read" pattern: "%(guests)s" }
  rules { allow: "fs" pattern: "%(world)s/granted" }
  rules { allow: "fs.read" pattern: "%(world)s/readable" }
  rules { deny: "fs" pattern: "%(world)s/granted/no" }
  rules { allow: "net.connect" pattern: "127.0.0.1" }
  rules { allow: "net.connect" pattern: "unix:%(world)s/granted/socket" }
  rules { allow: "net.listen" pattern: "127.0.0.1" }
  rules { allow: "net.listen" pattern: "unix:%(world)s/granted/socket" }
  rules { allow: "env.read" pattern: "GRANTED" }
  rules { allow: "env.write" pattern: "GRANTED" }
  rules { allow: "sys.info" pattern: "cpus" }
  rules { allow: "process.signal" pattern: "@self" }
  %(more)s
}
layers {
  name: "ceiling"
  default: ALLOW
  deny_as: NOT_FOUND
  rules { deny: "fs" pattern: "%(world)s/granted/hidden" }
}
"""


def make_world(world):
    for folder in ["granted", "granted/no", "granted/hidden", "readable",
                   "other", "granted/sub"]:
        os.mkdir(f"{world}/{folder}")
    for name in ["granted/file", "granted/no/file", "granted/hidden/file",
                 "readable/file", "other/file", "granted/sub/file"]:
        with open(f"{world}/{name}", "w") as file:
            file.write(name)
    os.symlink("../other", f"{world}/granted/out")
    os.symlink("file", f"{world}/granted/in")


def lines_of(guest, kind):
    with open(guest) as file:
        return [line[len(kind):].strip() for line in file if line.startswith(kind)]


def with_hosts(lines, world):
    """Words before a command that give it these hosts; none where that fails."""
    if not lines:
        return []
    with open(f"{world}/hosts", "w") as file:
        file.write("\n".join(lines) + "\n")
    words = ["unshare", "-rm", "sh", "-c",
             'mount --bind "$0" /etc/hosts && exec "$@"', f"{world}/hosts"]
    tried = subprocess.run(words + ["true"], check=False, capture_output=True)
    return words if tried.returncode == 0 else []


def run(program, guest):
    """The guest's output if it failed, else None."""
    with tempfile.TemporaryDirectory() as world:
        world = os.path.realpath(world)
        make_world(world)
        more = "".join("rules { allow: %s }\n" % line
                       for line in lines_of(guest, "# grant: "))
        policy = f"{world}/policy.textproto"
        with open(policy, "w") as file:
            file.write(POLICY % {
                "world": world, "more": more,
                "guests": os.path.dirname(os.path.realpath(guest))})
        done = subprocess.run(
            with_hosts(lines_of(guest, "# host: "), world) +
            [program, "--policy", policy, os.path.realpath(guest), world],
            # The interpreter leaves what it made to the end of the process.
            env={"GRANTED": "yes", "WITHHELD": "secret", "LANG": "C",
                 "ASAN_OPTIONS": "detect_leaks=0"},
            cwd=f"{world}/granted", stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
    return None if done.returncode == 0 else done.stdout.decode("utf-8", "replace")


def main(program, guests):
    failures = {}
    for guest in guests:
        trouble = run(os.path.realpath(program), guest)
        if trouble is not None:
            failures[os.path.basename(guest)] = trouble
    for name, trouble in failures.items():
        print(f"==== {name}\n{trouble}")
    print(f"{len(guests)} guests, {len(failures)} failed")
    write_xml(guests, failures)
    return 1 if failures or not guests else 0


def write_xml(guests, failures):
    """For the count of tests: each guest is a case."""
    path = os.environ.get("XML_OUTPUT_FILE")
    if not path:
        return
    with open(path, "w") as file:
        file.write("<testsuites><testsuite name='python'>")
        for guest in map(os.path.basename, guests):
            text = xml.sax.saxutils.escape(failures.get(guest, ""))
            text = "".join(c for c in text if c.isprintable() or c == "\n")
            failure = f"<failure>{text}</failure>" if guest in failures else ""
            file.write(f"<testcase classname='python' name='{guest}'>{failure}"
                       "</testcase>")
        file.write("</testsuite></testsuites>")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
