"""The driver in Python, for a guest that overwrites what it finds:
overwritten.py ATTEMPTS_FILE WORLD_FOLDER.

Makes the attempts of python.py. While a function of C code runs, which is where the
adapter decides, all functions, classes and modules that a guest can reach are one
object that says a granted name, whatever it is asked; so are methods of the names
that the attempts use. Python's own code, through which attempts are made, gets
everything back before it goes on: what it does with lies tells nothing about the
adapter, and its verdicts are to be those of python.py.
"""

import _imp
import _io
import _posixsubprocess
import _signal
import _socket
import builtins
import codecs
import encodings.idna
import os
import pathlib
import posix
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import types

import postern
import python as driver

SECONDS = 3600
FEWEST = 1000  # functions that must have run among lies


class Lie(str):
  """A granted name, and an answer to everything."""

  def __call__(self, *_, **__):
    return LIE

  def __getattr__(self, _):
    return LIE


LIE = Lie(os.path.join(sys.argv[2], "app", "data.txt"))


def honest(kind):
  """A class of texts whose methods can be overwritten, and are not yet."""
  names = ["__str__", "__repr__", "__eq__", "__hash__", "startswith", "endswith",
           "split", "encode", "decode", "find", "replace", "join"]
  found = {name: getattr(kind, name) for name in names if hasattr(kind, name)}
  return type("Name", (kind,), {
      **{name: (lambda method: lambda *a, **k: method(*a, **k))(method)
         for name, method in found.items()},
      "__fspath__": lambda self: self})


NAMES = {kind: honest(kind) for kind in (str, bytes)}


def named(value):
  """The same attempt with texts that can lie."""
  if isinstance(value, dict):
    return {key: one if key in ("op", "form") else named(one)
            for key, one in value.items()}
  if isinstance(value, list):
    return [named(one) for one in value]
  return NAMES[type(value)](value) if type(value) in NAMES else value


def functions_of(kind):
  return [(kind, name, value) for name, value in vars(kind).items()
          if isinstance(value, types.FunctionType) and
          (not name.startswith("__") or name in ("__fspath__", "__str__"))]


def reachable():
  """What is overwritten: tables with their lies and truths, and methods."""
  tables, methods = [], []
  for module in set(sys.modules.values()):
    if not isinstance(module, types.ModuleType) or module in (
        driver, sys.modules["__main__"]):
      continue
    table = vars(module)
    truths = {name: value for name, value in table.items()
              if callable(value) or isinstance(value, types.ModuleType)}
    tables.append((table.update, dict.fromkeys(truths, LIE), truths))
  tables.append((sys.modules.update, dict.fromkeys(sys.modules, LIE),
                 dict(sys.modules)))
  for module in (os, pathlib, subprocess, socket, threading, tempfile, shutil,
                 codecs, encodings.idna):
    for value in vars(module).values():
      if isinstance(value, type) and value.__module__ == module.__name__:
        methods += functions_of(value)
  for kind in NAMES.values():
    methods += [(kind, name, value) for name, value in vars(kind).items()
                if isinstance(value, types.FunctionType)]
  return tuple(tables), tuple(methods)


def guarded():
  """The functions in which the adapter decides."""
  functions = {_io.open, _io.open_code, builtins.eval, builtins.compile,
               threading._start_new_thread}
  for module in (posix, _socket, _imp, _signal, _posixsubprocess, postern):
    functions |= {value for value in vars(module).values()
                  if isinstance(value, types.BuiltinFunctionType)}
  return frozenset(functions)


class Watch:
  """What sys.setprofile() calls; among lies, so that it uses no built-ins."""

  def __init__(self):
    self.windows = 0
    self._tables, self._methods = reachable()
    self._guarded = guarded()
    self._sockets = frozenset((socket.socket, _socket.socket))
    self._set = type.__setattr__
    self._driver = driver.__file__
    # Frames, and whether there are lies until they go on or end.
    self._frames, self._lying = [], False

  def _turn(self, lying):
    if lying is self._lying:
      return
    self._lying = lying
    change = self._set
    if lying:
      self.windows += 1
      for kind, name, _ in self._methods:
        change(kind, name, LIE)
      for update, lies, _ in self._tables:
        update(lies)
    else:
      for update, _, truths in self._tables:
        update(truths)
      for kind, name, value in self._methods:
        change(kind, name, value)

  def _push(self, frame, lying):
    self._frames.append((frame, lying))
    self._turn(lying)

  def _pop(self):
    self._frames.pop()
    self._turn(self._frames[-1][1] if self._frames else False)

  def __call__(self, frame, event, arg):
    if event == "c_call":
      if arg in self._guarded or arg.__self__.__class__ in self._sockets:
        self._push(frame, True)
    elif event == "call":
      # What the guest itself is called back for.
      if self._frames and frame.f_code.co_filename == self._driver:
        self._push(frame, False)
    elif self._frames:
      top, lying = self._frames[-1]
      if top is frame and lying is not (event == "return"):
        self._pop()

  def watched(self, function):
    """The function, with lies for the functions of C that it calls."""
    def among_lies(*arguments):
      before = sys.getprofile()
      sys.setprofile(self)
      try:
        return function(*arguments)
      finally:
        sys.setprofile(before)
    return among_lies

  def lying(self, function):
    """The function itself; for a type, which is no function that is watched."""
    def among_lies(*arguments):
      self._push(None, True)
      try:
        return function(*arguments)
      finally:
        self._pop()
    return among_lies


def in_thread(attempt):
  """As the driver's; but the other thread wants nothing before this one ends."""
  said, ended = [], threading.Lock()

  def make():
    try:
      said.append(driver.verdict_of(attempt))
    finally:
      ended.release()

  ended.acquire()
  threading._start_new_thread(make, ())
  ended.acquire()
  return said[0]


def main():
  # Threads take turns where they wait, and not among another's lies.
  sys.setswitchinterval(SECONDS)
  watch = Watch()
  answer = driver.answer
  driver.answer = lambda attempt: answer(named(attempt))
  driver.in_thread = in_thread
  driver.make, driver.drop = watch.watched(driver.make), watch.watched(driver.drop)
  driver.OTHERS["net.socket"] = lambda attempt: watch.lying(_socket.socket)(
      *driver.kind_of_socket(attempt)).close()
  driver.main()
  if watch.windows < FEWEST:
    sys.exit("only %d functions ran among lies" % watch.windows)


if __name__ == "__main__":
  main()
