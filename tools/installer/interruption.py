"""Signals that ask to stop, as an exception."""

import signal

ASKING_TO_STOP = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)


class Interrupted(Exception):
  pass


def heed_signals():
  for number in ASKING_TO_STOP:
    signal.signal(number, _interrupt)


def _interrupt(number, _):
  # One is enough: another must not disturb the undoing.
  for other in ASKING_TO_STOP:
    signal.signal(other, signal.SIG_IGN)
  raise Interrupted(f"interrupted by {signal.Signals(number).name}")
