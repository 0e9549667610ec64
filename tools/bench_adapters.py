"""What the adapters of the program postern add to calls of other programs.

Used by bench_runtimes.py. Both sides of a row run at the same time and take
turns, so that a busy machine is busy for both.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

# A server of the Model Context Protocol that answers at once.
SERVER = r"""
import sys
for line in sys.stdin:
    number = line.split('"id":', 1)[1].split(",", 1)[0]
    sys.stdout.write('{"jsonrpc":"2.0","id":' + number + ',"result":{"content":[]}}\n')
    sys.stdout.flush()
"""
CALLS, BLOCKS = 200, 15

# Prints nanoseconds a call, of the fastest of some rounds.
STAT = """
const path = Deno.args[0];
let best = Infinity;
for (let round = 0; round < 7; ++round) {
  const begin = performance.now();
  for (let i = 0; i < 1000; ++i) Deno.statSync(path);
  best = Math.min(best, (performance.now() - begin) * 1000);
}
console.log(best);
"""


# The same for Python, in time of the processor.
OPEN = """
import sys, time
path, best = sys.argv[1], float("inf")
for _ in range(40):
  begin = time.process_time_ns()
  for _ in range(500):
    open(path).close()
  best = min(best, (time.process_time_ns() - begin) / 500)
print(best)
"""


# Nanoseconds a call in Node, of the fastest of some rounds, as JSON.
NODE_CALLS = """
const fs = require('fs');
const folder = process.argv[2];
const names = Array.from({length: 100}, (_, i) => folder + '/d' + i + '/file');
const calls = {
  read: (name) => fs.readFileSync(name),
  stat: (name) => fs.statSync(name),
};
if (process.permission) {
  calls.has = (name) => process.permission.has('fs.read', name);
}
const best = {};
for (let round = 0; round < 15; ++round) {
  for (const [key, call] of Object.entries(calls)) {
    const begin = process.hrtime.bigint();
    for (let i = 0; i < 2000; ++i) call(names[i % 100]);
    const ns = Number(process.hrtime.bigint() - begin) / 2000;
    best[key] = Math.min(best[key] ?? Infinity, ns);
  }
}
console.log(JSON.stringify(best));
"""


class Peer:
  """A server, or the proxy before it, and calls of it one after the other."""

  def __init__(self, command):
    self.process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL)
    self.number = 0

  def seconds_of_calls(self, count):
    """Seconds a call."""
    begin = time.perf_counter()
    for _ in range(count):
      self.number += 1
      self.process.stdin.write(
          b'{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":'
          b'{"name":"say","arguments":{"text":"hello"}}}\n' % self.number)
      self.process.stdin.flush()
      if b'"result"' not in self.process.stdout.readline():
        raise ValueError("no answer")
    return (time.perf_counter() - begin) / count

  def close(self):
    self.process.stdin.close()
    self.process.wait()


def mcp_microseconds(postern):
  """Medians of a call in µs: plain, and through the proxy."""
  with tempfile.TemporaryDirectory() as folder:
    server = os.path.join(folder, "server.py")
    policy = os.path.join(folder, "policy.textproto")
    with open(server, "w", encoding="utf-8") as out:
      out.write(SERVER)
    with open(policy, "w", encoding="utf-8") as out:
      out.write('version: 1 signatures { function: "t.say" parameters: "text" }'
                ' layers { name: "grants" rules { allow: "plugin.call" call {'
                ' function: "t.say" args: "hello" } } }')
    plain = ["/usr/bin/python3", server]
    peers = [Peer(plain),
             Peer([postern, "mcp", "--server", "t", "--policy", policy,
                   "--preset", "runtime", f"--allow-fs-read={server}", "--",
                   *plain])]
    try:
      times = [[peer.seconds_of_calls(CALLS) for peer in peers]
               for _ in range(BLOCKS)]
    finally:
      for peer in peers:
        peer.close()
  return [statistics.median(side) * 1e6 for side in zip(*times)]


def deno_nanoseconds(postern, deno):
  """Medians of Deno.statSync in ns: with its own flag, and with the broker."""
  with tempfile.TemporaryDirectory() as folder:
    script = os.path.join(folder, "stat.js")
    with open(script, "w", encoding="utf-8") as out:
      out.write(STAT)
    flag = f"--allow-read={folder}"
    own = [deno, "run", "--no-prompt", flag, script, folder]
    ours = [postern, "deno", "--deno", deno, "--preset", "runtime",
            f"--allow-fs-read={folder}", "run", script, "--", folder]
    times = [[float(subprocess.run(command, check=True, capture_output=True,
                                   timeout=120).stdout)
              for command in (own, ours)] for _ in range(3)]
  return [statistics.median(side) for side in zip(*times)]


def python_nanoseconds(postern):
  """Medians of Python's open() and close() in ns of CPU: plain, and guarded."""
  host = os.path.join(os.path.dirname(postern), "../python/postern-python")
  with tempfile.TemporaryDirectory() as folder:
    folder = os.path.realpath(folder)
    script = os.path.join(folder, "open.py")
    policy = os.path.join(folder, "policy.textproto")
    with open(script, "w", encoding="utf-8") as out:
      out.write(OPEN)
    with open(policy, "w", encoding="utf-8") as out:
      out.write('version: 1 layers { name: "grants" rules { allow: "fs.read" '
                'pattern: "/usr/lib/python3.11" } rules { allow: "fs.read" '
                f'pattern: "{folder}" }} }}')
    commands = (["/usr/bin/python3.11", "-I", script, script],
                [host, "--policy", policy, script, script])
    times = [[float(subprocess.run(command, check=True, capture_output=True,
                                   timeout=120).stdout)
              for command in commands] for _ in range(5)]
  return [statistics.median(side) for side in zip(*times)]


def node_nanoseconds(postern, node):
  """Medians in ns by call, at 100 grants: plain, --permission, the adapter."""
  preload = os.path.join(os.path.dirname(postern),
                         "../node/package/preload.js")
  with tempfile.TemporaryDirectory() as folder:
    folder = os.path.realpath(folder)
    script = os.path.join(folder, "calls.js")
    policy = os.path.join(folder, "policy.textproto")
    grants = [script] + [f"{folder}/d{i}" for i in range(99)]
    for i in range(100):
      os.mkdir(f"{folder}/d{i}")
      with open(f"{folder}/d{i}/file", "wb") as out:
        out.write(bytes(1000))
    grants.append(f"{folder}/d99")
    with open(script, "w", encoding="utf-8") as out:
      out.write(NODE_CALLS)
    with open(policy, "w", encoding="utf-8") as out:
      rules = "".join(f' rules {{ allow: "fs.read" pattern: "{name}" }}'
                      for name in grants)
      out.write('version: 1 layers { name: "grants"' + rules + ' }')
    own = ["--permission"] + [f"--allow-fs-read={name}" for name in grants]
    sides = ([], own, ["-r", preload])
    env = dict(os.environ, POSTERN_POLICY=policy)
    times = [[json.loads(subprocess.run(
        [node, "--no-warnings", *side, script, folder], check=True, env=env,
        capture_output=True, timeout=120).stdout) for side in sides]
             for _ in range(3)]
  return [{key: statistics.median(one[key] for one in side) for key in side[0]}
          for side in zip(*times)]


def node_rows(row, postern, node):
  plain, own, ours = node_nanoseconds(postern, node)
  return [
      row("Node permission.has, Node's own, 100 grants", own["has"], "ns"),
      row("Node permission.has, the adapter, 100 grants", ours["has"], "ns"),
      row("Node permission.has, the adapter ÷ own", ours["has"] / own["has"],
          ""),
      row("Node readFileSync, plain", plain["read"], "ns"),
      row("Node readFileSync, the adapter", ours["read"], "ns"),
      row("Node readFileSync, the adapter ÷ plain",
          ours["read"] / plain["read"], ""),
      row("Node statSync, plain", plain["stat"], "ns"),
      row("Node statSync, --permission ÷ plain", own["stat"] / plain["stat"],
          ""),
      row("Node statSync, the adapter ÷ plain", ours["stat"] / plain["stat"],
          ""),
  ]


def installed(name):
  """A runtime of tools/runtimes, or None."""
  script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "runtimes")
  printed = subprocess.run([script, "--print"], capture_output=True, text=True,
                           check=False).stdout
  found = dict(line.split(" ", 1) for line in printed.splitlines())
  return found.get(name)


def rows(row, postern, deno=None):
  """Rows made by `row`; what cannot be measured here has none of a figure."""
  made = []
  try:
    plain, proxied = mcp_microseconds(postern)
    made += [row("MCP call, plain", plain, "µs"),
             row("MCP call, through postern mcp", proxied, "µs"),
             row("MCP call, what the proxy adds", proxied - plain, "µs")]
  except (OSError, ValueError, subprocess.SubprocessError) as error:
    print(f"  postern mcp: {error}", file=sys.stderr)
    made.append(row("MCP call, what the proxy adds", None, "µs"))
  try:
    own, ours = deno_nanoseconds(postern, deno or installed("deno"))
    made += [row("Deno.statSync, Deno's own flag", own, "ns"),
             row("Deno.statSync, postern deno", ours, "ns"),
             row("Deno.statSync, postern deno ÷ own", ours / own, "")]
  except (OSError, TypeError, ValueError,
          subprocess.SubprocessError) as error:
    print(f"  postern deno: {error}", file=sys.stderr)
    made.append(row("Deno.statSync, postern deno ÷ own", None, ""))
  try:
    plain, guarded = python_nanoseconds(postern)
    made += [row("Python open, plain", plain, "ns"),
             row("Python open, postern python", guarded, "ns"),
             row("Python open, postern python ÷ plain", guarded / plain, "")]
  except (OSError, ValueError, subprocess.SubprocessError) as error:
    print(f"  postern python: {error}", file=sys.stderr)
    made.append(row("Python open, postern python ÷ plain", None, ""))
  try:
    made += node_rows(row, postern, installed("node26"))
  except (OSError, TypeError, ValueError, KeyError,
          subprocess.SubprocessError) as error:
    print(f"  node: {error}", file=sys.stderr)
    made.append(row("Node permission.has, the adapter ÷ own", None, ""))
  return made


if __name__ == "__main__":
  for one in rows(lambda *values: values, *sys.argv[1:3]):
    print(json.dumps(one, ensure_ascii=False))
