"""Draws the rooms of the library and who may know whom: docs/architecture.svg.

Reads Bazel's own graph, as tools/check_layers.py does, from standard input. A
room is a folder with targets. An arrow says that one room uses another; what
follows from other arrows is left out. Rooms that use one another share a frame.
With --check it compares instead, and wants each room in the table of
docs/architecture.md too, and each file there to exist: what is not true fails.
"""

import collections
import os
import re
import sys
from xml.sax.saxutils import escape

from check_layers import EDGE, closure

PICTURE = "docs/architecture.svg"
PAGE = "docs/architecture.md"
NODE = re.compile(r'^\s*"([^"]+)"$')
ROOM = re.compile(r"^//((?:permission|fs|net|process|bindings)(?:/[^:]*)?):")
# Lists what a program may link; it is no part of the library itself.
FACADES = {"//permission:permission"}
NOT_SHIPPED = re.compile(r"(^|/)testing$")
WIDTH, BOX_W, BOX_H, ROW_H, GAP, MARGIN = 960, 172, 40, 96, 18, 16


def room_of(label):
  match = ROOM.match(label)
  if not match or label in FACADES or NOT_SHIPPED.search(match.group(1)):
    return None
  return match.group(1)


def read_graph(lines):
  """Returns for each room the set of rooms that it uses."""
  graph = collections.defaultdict(set)
  for line in lines:
    edge, node = EDGE.match(line), NODE.match(line)
    labels = edge.groups() if edge else node.groups() if node else ()
    rooms = [room_of(label) for label in labels]
    for room in filter(None, rooms):
      graph[room]
    if len(rooms) == 2 and None not in rooms and rooms[0] != rooms[1]:
      graph[rooms[0]].add(rooms[1])
  return graph


def groups_of(graph):
  """Returns each room's group: those that use one another, sorted."""
  reached = {room: closure(graph, room) for room in graph}
  return {room: tuple(sorted(other for other in reached[room]
                             if room in reached[other]))
          for room in graph}


def arrows_of(graph, groups):
  """Returns pairs of groups, without those that follow from others."""
  uses = {group: {groups[other] for room in group for other in graph[room]} -
                 {group} for group in set(groups.values())}
  return {(group, other) for group in uses for other in uses[group]
          if not any(other in closure(uses, between)
                     for between in uses[group] - {other})}


def height_of(group, arrows):
  below = [b for a, b in arrows if a == group]
  return 1 + max((height_of(other, arrows) for other in below), default=-1)


def width_of(group):
  return len(group) * (BOX_W + GAP) + GAP


def place(groups, arrows):
  """Returns the corner of each group: who is used stands below."""
  rows = collections.defaultdict(list)
  for group in sorted(set(groups.values())):
    rows[height_of(group, arrows)].append(group)
  places = {}
  for height, row in rows.items():
    free = WIDTH - 2 * MARGIN - sum(width_of(group) for group in row)
    x = MARGIN + free / (len(row) + 1)
    for group in row:
      places[group] = (x, MARGIN + (max(rows) - height) * ROW_H)
      x += width_of(group) + free / (len(row) + 1)
  return places, MARGIN * 2 + max(rows) * ROW_H + BOX_H + 2 * GAP


def draw_group(group, corner):
  x, y = corner
  out = []
  if len(group) > 1:
    out.append(f'<rect class="frame" x="{x:.0f}" y="{y:.0f}" rx="8" '
               f'width="{width_of(group):.0f}" height="{BOX_H + 2 * GAP}"/>')
  for i, room in enumerate(group):
    left = x + GAP + i * (BOX_W + GAP)
    out.append(f'<rect class="room" x="{left:.0f}" y="{y + GAP:.0f}" rx="5" '
               f'width="{BOX_W}" height="{BOX_H}"/>')
    out.append(f'<text x="{left + BOX_W / 2:.0f}" '
               f'y="{y + GAP + BOX_H / 2 + 5:.0f}">{escape(room)}</text>')
  return out


def draw_arrow(source, target, places):
  edge = 0 if len(source) > 1 else GAP  # of the frame, or of the room
  x1 = places[source][0] + width_of(source) / 2
  y1 = places[source][1] + BOX_H + 2 * GAP - edge
  x2 = places[target][0] + width_of(target) / 2
  y2 = places[target][1] + (0 if len(target) > 1 else GAP)
  return (f'<path class="arrow" d="M{x1:.0f} {y1:.0f}L{x2:.0f} {y2:.0f}" '
          'marker-end="url(#head)"/>')


STYLE = """<style>
text{font:13px sans-serif;text-anchor:middle;fill:#1c2733}
.room{fill:#fff;stroke:#3b5b7a}.frame{fill:#e8eff6;stroke:#9db4c9}
.arrow{stroke:#6b7f92;fill:none}.ground{fill:#f7f9fb}
</style>
<defs><marker id="head" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7"
markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="#6b7f92"/></marker>
</defs>"""


def draw(graph):
  groups = groups_of(graph)
  arrows = arrows_of(graph, groups)
  places, height = place(groups, arrows)
  out = ['<svg xmlns="http://www.w3.org/2000/svg" role="img" '
         f'viewBox="0 0 {WIDTH} {height:.0f}">',
         "<title>The rooms of Postern and who uses whom</title>", STYLE,
         f'<rect class="ground" width="{WIDTH}" height="{height:.0f}"/>']
  out += [draw_arrow(a, b, places) for a, b in sorted(arrows)]
  for group in sorted(places):
    out += draw_group(group, places[group])
  return "\n".join(out + ["</svg>"]) + "\n"


def rooms_on_page(page):
  return set(re.findall(r"^\| `((?:permission|fs|net|process|bindings)[^`]*)` \|",
                        page, re.M))


def files_on_page(page):
  """Returns the files that the page names: by path, or in a room's row."""
  files = set(re.findall(r"`([a-z_]+/[a-z_/]+\.(?:h|cc|bazel))`", page))
  for room, cell in re.findall(r"^\| `([^`]+)` \|.*\| ([^|]*) \|$", page, re.M):
    files |= {f"{room}/{name}" for name in re.findall(r"`([^`]+\.\w+)`", cell)
              if "/" not in name}
  return files


def main():
  graph = read_graph(sys.stdin)
  picture = draw(graph)
  if sys.argv[1:] != ["--check"]:
    with open(PICTURE, "w") as file:
      file.write(picture)
    return 0
  problems = []
  with open(PICTURE) as file:
    if file.read() != picture:
      problems.append(f"{PICTURE} is not what the targets say; run "
                      "tools/architecture")
  with open(PAGE) as file:
    page = file.read()
  listed = rooms_on_page(page)
  problems += [f"{PAGE}: there is no file {name}" for name in files_on_page(page)
               if not os.path.isfile(name)]
  problems += [f"{PAGE} has no row for {room}" for room in set(graph) - listed]
  problems += [f"{PAGE}: there is no room {room}" for room in listed - set(graph)]
  for problem in sorted(problems):
    print(problem)
  return 1 if problems else 0


if __name__ == "__main__":
  sys.exit(main())
