"""The conformance table's driver of "postern exec": exec.py ATTEMPTS WORLD.

A program that knows of no library: what python.py does, by the calls of Python
alone, of which the kernel is the only judge. An attempt that waits for ever, as
who opens a FIFO does, ends after some seconds.
"""

import ctypes
import errno
import os
import signal
import sys

# An isolated Python (-I) does not look beside the script by itself.
sys.path.append(os.path.dirname(os.path.abspath(__file__)))
import python as guest

SECONDS = 3
LIBC = ctypes.CDLL(None, use_errno=True)
MODIFIED = 2  # inotify(7), IN_MODIFY


def checked(result):
  if result < 0:
    number = ctypes.get_errno()
    raise OSError(number, os.strerror(number))
  return result


def watch(_, at):
  queue = checked(LIBC.inotify_init1(os.O_CLOEXEC))
  try:
    checked(LIBC.inotify_add_watch(queue, os.fsencode(at.path), MODIFIED))
  finally:
    os.close(queue)


def ring(*_):
  raise TimeoutError(errno.ETIMEDOUT, "it waits for ever")


def in_time(answer):
  def limited(attempt):
    signal.alarm(SECONDS)
    try:
      return answer(attempt)
    except TimeoutError as error:
      return "error", "ETIMEDOUT %s" % error
    finally:
      signal.alarm(0)
  return limited


def main():
  guest.FILES["fs.watch"] = watch
  guest.answer = in_time(guest.answer)
  signal.signal(signal.SIGALRM, ring)
  guest.main()


if __name__ == "__main__":
  main()
