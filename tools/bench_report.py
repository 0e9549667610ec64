#!/usr/bin/env python3
"""Makes one JSON file, a plot and a page's section of what tools/bench measured.

  bench_report.py merge OUT NAME=FILE...   an object from names to contents
  bench_report.py plot JSON SVG            ns a check over N; needs gnuplot
  bench_report.py markdown JSON PAGE       rewrites the section between marks
"""

import json
import re
import subprocess
import sys

BEGIN = "<!-- A run of tools/bench --markdown: do not edit. -->"
END = "<!-- End of the run. -->"

TITLES = {
    "path": "The check of paths",
    "adversarial": "Rules and paths that are made to hurt",
    "context": "Contexts",
    "resource": "Names, calls, secrets and endpoints",
    "endpoint": "Endpoints of the network",
    "load": "Loading",
    "files": "Operations on files",
    "exec": "Starting programs",
    "instructions": "Instructions, counted",
    "runtimes": "Whole runtimes",
}

# Contender, label, colour.
CONTENDERS = (
    ("linear", "linear, std::filesystem", "#9c755f"),
    ("fast_linear", "linear", "#bab0ac"),
    ("re2_set", "RE2::Set", "#b07aa1"),
    ("sorted", "sorted vector", "#76b7b2"),
    ("flat_hash_map", "flat_hash_map of ancestors", "#4e79a7"),
    ("ours", "Postern", "#e15759"),
    ("floor", "floor: one probe", "#59a14f"),
)
MIXES = (("literal", "literal rules"),
         ("mixed", "one rule in ten with a wildcard"))


def series(medians, who, mix):
    """Pairs of N and seconds, by N."""
    name = re.compile(rf"BM_Check/{who}/{re.escape(mix)}/rules:(\d+)")
    found = ((name.fullmatch(key), value) for key, value in medians.items())
    return sorted((int(match.group(1)), value)
                  for match, value in found if match)


def plot_script(medians, svg):
    blocks, panels = [], []
    for mix, title in MIXES:
        lines = []
        for who, label, colour in CONTENDERS:
            points = series(medians, who, mix)
            width = 5 if who == "ours" else 2.5
            style = (f"with linespoints lw {width} pt 7 ps 0.7 "
                     f"lc rgb '{colour}' title '{label}' noenhanced")
            if not points:  # the one legend names all
                lines.append(f"keyentry {style}")
                continue
            block = f"${who}_{mix}"
            rows = "\n".join(f"{n} {s * 1e9:.6g}" for n, s in points)
            blocks.append(f"{block} << EOD\n{rows}\nEOD")
            lines.append(f"{block} using 1:2 {style}")
        panels.append(f"set title '{title}'\nplot " + ", \\\n  ".join(lines))
    return "\n".join([
        "set terminal svg size 1280,720 dynamic font 'Helvetica,20' "
        "background rgb 'white'",
        f"set output '{svg}'", *blocks,
        "set logscale xy", "set format x '10^{%L}'",
        "set xlabel 'rules'", "set ylabel 'nanoseconds a check'",
        "set xrange [0.7:1500000]", "set yrange [20:3000000]",
        "set ytics ('10' 10, '100' 100, '1,000' 1000, '10,000' 10000, "
        "'100,000' 100000, '1,000,000' 1000000)",
        "set grid lc rgb '#dddddd'", "set border 3", "set tics nomirror",
        "set multiplot layout 1,2", "unset key", panels[0],
        "unset ylabel", "set key top left reverse Left font ',15'", panels[1],
        "unset multiplot", ""])


def plot(source, svg):
    with open(source, encoding="utf-8") as lines:
        medians = json.load(lines)["path"]["median_seconds"]
    subprocess.run(["gnuplot"], input=plot_script(medians, svg), text=True,
                   check=True)


def merge(out, pairs):
    merged = {}
    for pair in pairs:
        name, path = pair.split("=", 1)
        with open(path, encoding="utf-8") as lines:
            merged[name] = json.load(lines)
    with open(out, "w", encoding="utf-8") as lines:
        json.dump(merged, lines, ensure_ascii=False, indent=1)
        lines.write("\n")


def number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"


def with_unit(text, unit):
    return f"{text} {unit}" if unit else text


def table_lines(rows):
    lines = ["| what | figure | target | verdict |", "| --- | --- | --- | --- |"]
    signs = {"at most": "≤", "at least": "≥"}
    for row in rows:
        figure = ("-" if row["figure"] is None
                  else with_unit(number(row["figure"]), row["unit"]))
        target = ""
        if row["bound"] in signs:
            target = with_unit(f"{signs[row['bound']]} {row['target']:,g}"
                               if row["target"] < 1e6 else
                               f"{signs[row['bound']]} {row['target']:,.0f}",
                               row["unit"])
        lines.append(f"| {row['name']} | {figure} | {target} | "
                     f"{row['verdict']} |")
    return lines


def scale_lines(medians):
    """Nanoseconds of every contender at every N."""
    lines = []
    for mix, title in MIXES:
        found = [(label, dict(series(medians, who, mix)))
                 for who, label, _ in reversed(CONTENDERS)]
        sizes = sorted({n for _, points in found for n in points})
        if not sizes:
            continue
        lines += ["", f"Nanoseconds a check, {title}:", "",
                  "| N | " + " | ".join(f"{n:,}" for n in sizes) + " |",
                  "| --- |" + " --- |" * len(sizes)]
        for label, points in found:
            if points:
                cells = (f"{points[n] * 1e9:,.0f}" if n in points else "not run"
                         for n in sizes)
                lines.append(f"| {label} | " + " | ".join(cells) + " |")
    return lines


def run_lines(measured):
    machines = [part["machine"] for part in measured.values()
                if part["machine"]]
    machine = machines[0]
    loads = [one["load"] for one in machines]
    lines = [f"{machine['processor']}, {machine['cores']} cores, second-level "
             f"cache {machine['l2_bytes'] // 1024:,} KiB, "
             f"{machine['compiler']}; load when each part began: "
             f"{min(loads):.2f} to {max(loads):.2f}."]
    for name, title in TITLES.items():
        if name not in measured:
            continue
        part = measured[name]
        lines += ["", f"### {title}", ""] + table_lines(part["rows"])
        if name == "path":
            lines += scale_lines(part["median_seconds"])
    return lines


def markdown(source, page):
    with open(source, encoding="utf-8") as lines:
        measured = json.load(lines)
    with open(page, encoding="utf-8") as lines:
        text = lines.read()
    begin, end = text.find(BEGIN), text.find(END)
    if begin < 0 or end < begin:
        sys.exit(f"{page} has no section between \"{BEGIN}\" and \"{END}\"")
    text = "\n".join([text[:begin] + BEGIN, "", *run_lines(measured), "",
                      text[end:]])
    with open(page, "w", encoding="utf-8") as lines:
        lines.write(text)


def main():
    what, *rest = sys.argv[1:] or [""]
    if what == "merge" and rest:
        merge(rest[0], rest[1:])
    elif what == "plot" and len(rest) == 2:
        plot(*rest)
    elif what == "markdown" and len(rest) == 2:
        markdown(*rest)
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
