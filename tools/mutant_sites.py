"""Finds places of a C++ file where a small mistake can be made, and makes them.

A site is one mutant: what is changed, where, and the text with a switch in it.
Several sites of one file are built into one program: the switch, a number in
the environment variable POSTERN_MUTANT, says which mistake is made when it
runs. Without a number the program is the original.
Needs Debian's python3-clang-14, hence /usr/bin/python3.
"""

import collections
import re

import clang.cindex

Kind = clang.cindex.CursorKind

# What a mutated file begins with: which mutant this process is.
SWITCH = b"""#include <cstdlib>
namespace {
[[maybe_unused]] bool PosternMutant(unsigned number) {
  static const unsigned chosen = [] {
    const char* text = std::getenv("POSTERN_MUTANT");
    return text == nullptr ? 0u : static_cast<unsigned>(std::atoi(text));
  }();
  return chosen == number;
}
}  // namespace
#line 1
"""

COMPARISONS = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=",
               "!=": "=="}
FUNCTIONS = {Kind.FUNCTION_DECL, Kind.CXX_METHOD, Kind.CONSTRUCTOR,
             Kind.DESTRUCTOR, Kind.CONVERSION_FUNCTION, Kind.FUNCTION_TEMPLATE}

# `render(number, original, inner)` gives the text with the switch; `original`
# is the node's text, `inner` the same with the mutants inside of it.
# `text` is the line as it was when the site was found.
Site = collections.namedtuple("Site",
                              "path line column start end what text render")


def parse(path, include):
  arguments = ["-xc++", "-std=c++17"]
  for folder in include:
    arguments += ["-I", folder]
  return clang.cindex.Index.create().parse(path, args=arguments)


class Unreadable(Exception):
  """The file does not parse: what could be found there is not all of it."""


class Finder:
  """Collects the sites of one file."""

  def __init__(self, path, include):
    self.path = path
    with open(path, "rb") as file:
      self.source = file.read()
    self.lines = self.source.split(b"\n")
    self.sites = []
    unit = parse(path, include)
    for problem in unit.diagnostics:
      if problem.severity >= clang.cindex.Diagnostic.Error:
        raise Unreadable(f"{path} does not parse: {problem.spelling}")
    for cursor in unit.cursor.get_children():
      if cursor.location.file and cursor.location.file.name == path:
        self.look_for_functions(cursor)

  def text(self, cursor):
    return self.source[cursor.extent.start.offset:cursor.extent.end.offset]

  def add(self, cursor, what, render):
    start = cursor.extent.start
    line = self.lines[start.line - 1].decode("utf-8", "replace").strip()
    self.sites.append(Site(self.path, start.line, start.column, start.offset,
                           cursor.extent.end.offset, what, line, render))

  def look_for_functions(self, cursor):
    if cursor.kind in FUNCTIONS:
      body = [c for c in cursor.get_children()
              if c.kind in (Kind.COMPOUND_STMT, Kind.CXX_TRY_STMT)]
      if body:
        head = self.source[cursor.extent.start.offset:
                           body[-1].extent.start.offset]
        if b"constexpr" not in head:  # no switch when compiling
          self.look(body[-1])
      return
    for child in cursor.get_children():
      self.look_for_functions(child)

  def look(self, cursor):
    kind = cursor.kind
    children = list(cursor.get_children())
    if kind == Kind.VAR_DECL and re.search(rb"\b(constexpr|static)\b",
                                           self.text(cursor)):
      return
    if kind in (Kind.STATIC_ASSERT, Kind.TYPEDEF_DECL):
      return
    if kind == Kind.IF_STMT:
      self.if_statement(children)
    elif kind == Kind.CONDITIONAL_OPERATOR and len(children) == 3:
      self.turn(children[0])
    elif kind == Kind.BINARY_OPERATOR and len(children) == 2:
      self.binary(cursor, *children)
    elif kind == Kind.COMPOUND_STMT:
      for child in children:
        self.statement(child)
    elif kind == Kind.RETURN_STMT and len(children) == 1:
      self.return_statement(children[0])
    elif kind == Kind.SWITCH_STMT and len(children) == 2:
      self.switch(children)
    if kind == Kind.CASE_STMT:
      children = children[1:]
    for child in children:
      self.look(child)

  def turn(self, condition):
    if condition.kind == Kind.BINARY_OPERATOR and re.search(
        rb"[=!]=", self.text(condition)) and not re.search(
            rb"&&|\|\|", self.text(condition)):
      return  # the comparison is turned
    self.add(condition, "condition turned", lambda n, old, inner:
             b"(PosternMutant(%d) ? !(%s) : static_cast<bool>(%s))" %
             (n, old, inner))

  def if_statement(self, children):
    if children[0].kind in (Kind.DECL_STMT, Kind.VAR_DECL):
      return
    condition, then = children[0], children[1]
    self.turn(condition)
    last = then
    if then.kind == Kind.COMPOUND_STMT:
      inside = list(then.get_children())
      if not inside:
        return
      last = inside[-1]
    else:
      self.statement(then)
    if last.kind == Kind.RETURN_STMT and len(children) == 2:
      self.add(condition, "early return never taken", lambda n, old, inner:
               b"(!PosternMutant(%d) && (%s))" % (n, inner))
    if len(children) == 3 and children[2].kind not in (
        Kind.COMPOUND_STMT, Kind.IF_STMT):
      self.statement(children[2])

  def binary(self, cursor, left, right):
    operator = self.source[left.extent.end.offset:
                           right.extent.start.offset].strip().decode("latin-1")
    left_text, right_text = self.text(left), self.text(right)
    if not left_text or not right_text:
      return  # out of a macro
    if operator in ("&&", "||"):
      for name, text in (("right", left_text), ("left", right_text)):
        self.add(cursor, f'{name} operand of "{operator}" left out',
                 lambda n, old, inner, text=text:
                 b"(PosternMutant(%d) ? static_cast<bool>(%s) : (%s))" %
                 (n, text, inner))
    elif operator in COMPARISONS:
      other = COMPARISONS[operator]
      self.add(cursor, f'"{operator}" read as "{other}"',
               lambda n, old, inner:
               b"(PosternMutant(%d) ? (%s) %s (%s) : (%s))" %
               (n, left_text, other.encode(), right_text, inner))

  def statement(self, cursor):
    """A whole statement that can be left out."""
    text = self.text(cursor)
    while cursor.kind in (Kind.UNEXPOSED_EXPR,) and len(
        list(cursor.get_children())) == 1:
      cursor = next(cursor.get_children())
    children = list(cursor.get_children())
    if cursor.kind == Kind.COMPOUND_ASSIGNMENT_OPERATOR:
      what = "assignment left out"
    elif cursor.kind == Kind.BINARY_OPERATOR and len(children) == 2:
      between = self.source[children[0].extent.end.offset:
                            children[1].extent.start.offset].strip()
      if between != b"=":
        return
      what = "assignment left out"
    elif cursor.kind == Kind.CALL_EXPR:
      what = ("assignment left out" if cursor.spelling == "operator="
              else "call left out")
    else:
      return
    if text.startswith((b"CHECK", b"POSTERN_")):
      return
    self.add(cursor, what, lambda n, old, inner:
             b"if (PosternMutant(%d)) {} else %s" % (n, inner))

  def return_statement(self, value):
    text = self.text(value)
    if text in (b"true", b"false"):
      other = b"false" if text == b"true" else b"true"
      self.add(value, f"returns {other.decode()}", lambda n, old, inner:
               b"(PosternMutant(%d) ? %s : %s)" % (n, other, old))

  def switch(self, children):
    """Each case in turn is taken for one with other statements."""
    value, body = children
    groups = []  # labels before the same statements
    for child in body.get_children():
      group = []
      while child.kind == Kind.CASE_STMT:
        inside = list(child.get_children())
        group.append(self.text(inside[0]))
        child = inside[1]
      if group:
        groups.append(group)
    if len(groups) < 2:
      return
    for i, group in enumerate(groups):
      other = groups[(i + 1) % len(groups)][0]
      for label in group:
        self.add(value, f"case {label.decode()} gone", lambda n, old, inner,
                 label=label, other=other:
                 b"(PosternMutant(%d) && (%s) == (%s) ? (%s) : (%s))" %
                 (n, old, label, other, inner))


def mutate(source, numbered):
  """Returns the source with a switch at each of the sites.

  `numbered` is a list of (number, site); sites nest or stand apart.
  """
  order = sorted(numbered, key=lambda each: (each[1].start, -each[1].end))

  def render(start, end, sites):
    out, at = [], start
    while sites:
      number, site = sites[0]
      same = [e for e in sites if (e[1].start, e[1].end) ==
              (site.start, site.end)]
      inside = [e for e in sites if site.start <= e[1].start and
                e[1].end <= site.end and e not in same]
      sites = [e for e in sites if e not in same and e not in inside]
      text = render(site.start, site.end, inside)
      # What ends in a statement stands outside of what is an expression.
      for number, site in sorted(same, key=lambda e: "left out" in e[1].what and
                                 "operand" not in e[1].what):
        text = site.render(number, source[site.start:site.end], text)
      out += [source[at:site.start], text]
      at = site.end
    return b"".join(out) + source[at:end]

  return SWITCH + render(0, len(source), order)
