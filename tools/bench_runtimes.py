#!/usr/bin/env python3
"""Whole runtimes beside our check: the same grants, the same questions.

A runtime is started with the grants on its command line and asks itself for
each path (benchmarks/runtime_check.js). Starting is not measured. What is, is
a call from its own language, which is what a program there pays; ours is a call
from C++. So this is no race of algorithms, and stands apart.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile

import bench_adapters

RULES = (100, 1000)
TIMEOUT_SECONDS = 120
SCRIPT = os.path.join(os.path.dirname(__file__), "..", "benchmarks",
                      "runtime_check.js")


def node_flag(program):
    """The flag that switches permissions on, or None."""
    for flag in ("--permission", "--experimental-permission"):
        done = subprocess.run([program, flag, "-e", "0"], capture_output=True,
                              check=False)
        if done.returncode == 0:
            return flag
    return None


def node_command(program, flag, rules):
    with open(SCRIPT, encoding="utf-8") as script:
        text = script.read()
    grants = ["--allow-fs-read=" + path + ("/*" if kind == "subtree" else "")
              for kind, path in rules]
    return [program, flag, *grants, "-e", text]


def deno_command(program, rules):
    grants = ",".join(path for _, path in rules)
    return [program, "run", "--no-prompt", "--no-config",
            "--allow-read=" + grants, SCRIPT]


def ask(command, queries):
    """What runtime_check.js printed, or None; says why on stderr."""
    try:
        done = subprocess.run(command, input=queries, capture_output=True,
                              check=False, timeout=TIMEOUT_SECONDS)
        if done.returncode == 0:
            return json.loads(done.stdout)
        why = done.stderr.decode(errors="replace").strip()[-300:]
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        why = str(error)[:300]
    print(f"  {command[0]}: {why}", file=sys.stderr)
    return None


def find_runtimes(given_node, given_deno):
    """Pairs of a name and what makes a command of rules; the absent names."""
    found, absent = [], []
    node = given_node or shutil.which("node")
    flag = node_flag(node) if node else None
    if flag:
        found.append(("node",
                      lambda rules: node_command(node, flag, rules)))
    else:
        absent.append("node")
    deno = given_deno or shutil.which("deno")
    if deno:
        found.append(("deno", lambda rules: deno_command(deno, rules)))
    else:
        absent.append("deno")
    return found, absent


def measure(workload, found, count, repeats):
    """Medians in ns by who, with a runtime's version and verdicts."""
    with tempfile.TemporaryDirectory() as folder:
        times, last = {}, {}
        for _ in range(repeats):  # interleaved
            ours = subprocess.run([workload, str(count), folder], check=True,
                                  capture_output=True)
            times.setdefault("ours", []).append(float(ours.stdout))
            with open(os.path.join(folder, "rules.txt"),
                      encoding="utf-8") as lines:
                rules = [line.rstrip("\n").split(" ", 1) for line in lines]
            with open(os.path.join(folder, "queries.txt"), "rb") as lines:
                queries = lines.read()
            for name, command in found:
                answer = ask(command(rules), queries)
                if answer is not None:
                    times.setdefault(name, []).append(answer["nanoseconds"])
                    last[name] = answer
    medians = {who: statistics.median(all_) for who, all_ in times.items()}
    return medians, last


def row(name, figure, unit):
    return {"name": name, "figure": figure, "unit": unit, "bound": "none",
            "target": None, "verdict": "" if figure is not None
            else "not found on this machine"}


def rows_of(count, medians, last, absent):
    rows = [row(f"ours, N = {count}", medians["ours"], "ns")]
    for name, answer in last.items():
        version = answer["version"]
        rows.append(row(f"{version}, N = {count}", medians[name], "ns"))
        rows.append(row(f"{version} ÷ ours, N = {count}",
                        medians[name] / medians["ours"], ""))
        if answer["same"] != answer["checks"]:
            print(f"{version}, N = {count}: other answers than ours to "
                  f"{answer['checks'] - answer['same']} of "
                  f"{answer['checks']} questions, one of them about "
                  f"\"{answer['example']}\"")
    return rows + [row(f"{name}, N = {count}", None, "ns") for name in absent]


def rows_of_lua(program):
    """io.open of Lua, as it is and guarded (benchmarks/lua_open.cc)."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([program, folder], check=True,
                              capture_output=True)
    times = json.loads(done.stdout)
    return [row("Lua 5.4 io.open and close, plain", times["plain"], "ns"),
            row("Lua 5.4 io.open and close, guarded", times["guarded"], "ns"),
            row("Lua 5.4 io.open and close, guarded ÷ plain",
                times["guarded"] / times["plain"], "")]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workload", required=True)
    parser.add_argument("--node")
    parser.add_argument("--deno")
    parser.add_argument("--lua")
    parser.add_argument("--postern")
    parser.add_argument("--json")
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    found, absent = find_runtimes(options.node, options.deno)
    rows = []
    for count in RULES:
        medians, last = measure(options.workload, found, count,
                                options.repeats)
        rows += rows_of(count, medians, last, absent)
    if options.lua:
        rows += rows_of_lua(options.lua)
    if options.postern:
        rows += bench_adapters.rows(row, options.postern, options.deno)
    width = max(len(one["name"]) for one in rows)
    for one in rows:
        figure = ("-" if one["figure"] is None
                  else f"{one['figure']:.1f} {one['unit']}")
        print(f"{one['name']:<{width}}  {figure:>14}  {one['verdict']}"
              .rstrip())
    if options.json:
        with open(options.json, "w", encoding="utf-8") as out:
            json.dump({"machine": None, "rows": rows, "median_seconds": {}},
                      out, ensure_ascii=False, indent=1)


if __name__ == "__main__":
    main()
