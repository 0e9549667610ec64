#!/usr/bin/env python3
"""Runs "postern exec" where kernel facilities are hidden, one after the other.

A filter (seccomp) makes a system call fail for postern and all that it starts,
as an older kernel (ENOSYS) or a container (EPERM) does; as root and, if this
is root, as an ordinary user too. A hostile program then tries what no rule
grants, and its report must match what it observes: what is FULL was refused,
what passed is NONE or PARTIAL. Where postern starts nothing, it says why. Once
more without a report, which nobody tries the plan for then: all ends the same.

usage: hidden_facilities_test.py POSTERN
"""

import ctypes
import errno
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import tempfile

# By number (x86-64, asm/unistd_64.h), as their names came with newer Pythons.
CALLS = {
    'landlock_create_ruleset': 444, 'landlock_add_rule': 445,
    'landlock_restrict_self': 446, 'seccomp': 317, 'unshare': 272,
    'clone3': 435, 'mount': 165, 'move_mount': 429, 'fsopen': 430,
    'mount_setattr': 442, 'pidfd_open': 434, 'pidfd_send_signal': 424,
    'close_range': 436, 'openat2': 437, 'mkdirat': 258, 'capset': 126,
    'memfd_create': 319, 'bpf': 321, 'prctl': 157, 'setsid': 112,
    'linkat': 265, 'execveat': 322,
}
# What masks need.
MASKING = (None, 'unshare', 'mount_setattr', 'move_mount', 'mount', 'seccomp',
           'landlock_create_ruleset')
# For these something else stands in: programs start all the same.
REPLACED = ('openat2', 'memfd_create', 'close_range')
X86_64 = 0xC000003E

# Tries one thing after the other; prints "NAME passed" or "NAME refused".
HOSTILE = r'''
import ctypes, os, socket, sys, threading
place, port, name, net, listed = sys.argv[1:6]
libc = ctypes.CDLL(None, use_errno=True)
def attempt(what, call):
  try:
    print(what, 'passed' if call() is not False else 'refused', flush=True)
  except Exception:
    print(what, 'refused', flush=True)
def local(kind, address):
  s = socket.socket(socket.AF_UNIX, kind)
  s.settimeout(2)
  s.connect(address)
def tcp():
  s = socket.socket()
  s.settimeout(2)
  s.connect(('127.0.0.1', int(port)))
def udp():
  s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
  s.sendto(b'x', ('127.0.0.1', int(port)))
  return os.stat('/proc/self/ns/net').st_ino == int(net)
def serve():
  s = socket.socket()
  s.bind(('127.0.0.1', 0))
  s.listen()
  return os.stat('/proc/self/ns/net').st_ino == int(net)
def start():
  child = os.fork()
  if child == 0:
    try: os.execv(place + '/program', ['program'])
    except OSError: os._exit(9)
  return os.waitpid(child, 0)[1] == 0
def thread():
  t = threading.Thread(target=int)
  t.start()
  t.join()
attempt('granted', lambda: open(place + '/granted').read())
# A mask is an empty file, which root can open.
attempt('masked', lambda: open(place + '/sub/closed').read() == 'x\n')
attempt('beside', lambda: open(place + '/sub/new', 'w'))
attempt('fs.read (contents)', lambda: open(place + '/closed'))
attempt('fs.write (contents)', lambda: open(place + '/closed', 'r+'))
attempt('fs.write (entries)', lambda: os.mkdir(place + '/made%d' % os.getpid()))
attempt('fs.write (metadata)', lambda: os.utime(place + '/own%s' % listed))
attempt('fs.read (listing)', lambda: os.listdir(place))
attempt('net.connect (tcp)', tcp)
attempt('net.connect (udp)', udp)
attempt('net.connect (unix)', lambda: local(socket.SOCK_STREAM, '\0' + name))
attempt('net.listen (tcp)', serve)
attempt('process.spawn (program)', start)
attempt('process.signal', lambda: os.kill(os.getppid(), 0))
attempt('env.read', lambda: 'POSTERN_TEST_SECRET' in os.environ)
attempt('debug.attach', lambda: libc.ptrace(0, 0, 0, 0) == 0)
attempt('thread.create', thread)
'''


class Filter(ctypes.Structure):
  _fields_ = [('size', ctypes.c_ushort), ('code', ctypes.c_void_p)]


def hide(number, error):
  """Makes a call fail in this process and its children, by number."""
  libc = ctypes.CDLL(None, use_errno=True)
  code = b''.join(struct.pack('HBBI', *one) for one in (
      (0x20, 0, 0, 4), (0x15, 0, 3, X86_64),  # of another architecture: allow
      (0x20, 0, 0, 0), (0x15, 0, 1, number),
      (0x06, 0, 0, 0x00050000 | error), (0x06, 0, 0, 0x7FFF0000)))
  text = ctypes.create_string_buffer(code)
  program = Filter(len(code) // 8, ctypes.addressof(text))
  if libc.prctl(38, 1, 0, 0, 0) != 0 or libc.prctl(
      22, 2, ctypes.byref(program), 0, 0) != 0:
    os._exit(98)


class World:
  """What is granted, what is not, and who listens outside."""

  def __init__(self, postern):
    self.place = os.path.realpath(tempfile.mkdtemp(prefix='postern-hidden-',
                                                   dir='/tmp'))
    os.chmod(self.place, 0o777)
    # For users who cannot read the folder of the build. A build that is not
    # optimised links what only lies there.
    self.postern = self.place + '/postern'
    shutil.copy(postern, self.postern)
    self.copied = subprocess.run([self.postern, '--version'], check=False,
                                 stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL).returncode == 0
    if not self.copied:
      self.postern = os.path.realpath(postern)
    shutil.copy('/bin/true', self.place + '/program')
    os.mkdir(self.place + '/sub')
    os.chmod(self.place + '/sub', 0o777)
    for name in ('granted', 'closed', 'sub/closed'):
      self.write(name)
    self.stream = socket.socket()
    self.stream.bind(('127.0.0.1', 0))
    self.stream.listen(64)
    self.port = self.stream.getsockname()[1]
    self.name = 'postern-hidden-%d' % os.getpid()
    self.local = socket.socket(socket.AF_UNIX)
    self.local.bind('\0' + self.name)
    self.local.listen(64)
    self.masks = ['--masks', '--allow-fs=%s/sub' % self.place,
                  '--deny-fs=%s/sub/closed' % self.place]
    self.python = os.path.realpath('/usr/bin/python3')

  def write(self, name):
    with open(self.place + '/' + name, 'w') as file:
      file.write('x\n')
    os.chmod(self.place + '/' + name, 0o666)

  def run(self, call, error, user, options=(), reported=True):
    """Returns (exit code, standard output, errors, report)."""
    report = tempfile.mkdtemp(prefix='postern-report-', dir='/tmp')
    os.chmod(report, 0o777)

    def prepare():
      if user:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
      if call:
        hide(CALLS[call], error)

    command = [self.postern, 'exec', '--preset', 'runtime', '--base', '/',
               '--allow-fs-read=/usr,%s/granted' % self.place,
               '--allow-process-spawn=%s **' % self.python,
               *(['--report', report + '/report'] if reported else []),
               *options, '--', self.python,
               '-I', '-S', '-c', HOSTILE, self.place, str(self.port), self.name,
               str(os.stat('/proc/self/ns/net').st_ino), str(user)]
    self.write('own%d' % user)
    if user:
      os.chown(self.place + '/own%d' % user, user, user)
    done = subprocess.run(
        command, preexec_fn=prepare, stdin=subprocess.DEVNULL, cwd='/',
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60,
        env={'PATH': '/usr/bin:/bin', 'POSTERN_TEST_SECRET': 's'})
    try:
      with open(report + '/report') as file:
        text = file.read()
    except FileNotFoundError:
      text = ''
    shutil.rmtree(report)
    return (done.returncode, done.stdout.decode(), done.stderr.decode(), text)

  def remove(self):
    shutil.rmtree(self.place)


def level(report, row):
  """The level of what no rule grants of `row`, or of the rule that denies."""
  words = 'what no rule grants of %s:' % re.escape(row)
  if row == 'masked':
    words = r'deny fs.read "[^"]*/sub/closed" \(contents\)'
  found = re.search(r'^(\w+) +%s' % words, report, re.M)
  return found.group(1) if found else None


def mismatches(outcome, options):
  """What of one run is not as it must be, and how many things passed."""
  code, out, err, report = outcome
  lines = [line.rsplit(' ', 1) for line in out.splitlines()]
  if not lines:
    refused = code == 125 and 'postern: ' in err
    return ([] if refused else ['exit %d, and: %s' % (code, err)]), None
  tried = dict(lines)
  wrong = []
  del tried['beside']  # granted, and denied where nothing can be masked
  if '--masks' not in options:
    del tried['masked']
  if code != 0 or tried.pop('granted') != 'passed' or len(tried) < 10:
    wrong.append('exit %d after %s: %s' % (code, tried, err))
  for row, result in tried.items():
    said = level(report, row)
    if said is None or (result == 'passed' and said == 'full'):
      wrong.append('%s %s, and the report says %s' % (row, result, said))
  return wrong, [row for row, result in tried.items() if result == 'passed']


def skip(reason):
  """Says so, and to who counts tests as well."""
  print('skipped:', reason)
  if 'XML_OUTPUT_FILE' in os.environ:
    with open(os.environ['XML_OUTPUT_FILE'], 'w') as file:
      file.write('<testsuites><testsuite name="hidden_facilities" tests="1">'
                 '<testcase name="main"><skipped/></testcase></testsuite>'
                 '</testsuites>')
  return 0


def main():
  if os.uname().machine != 'x86_64':
    return skip('the numbers of calls are those of x86-64')
  if not os.path.exists('/usr/bin/python3'):
    return skip('there is no /usr/bin/python3 to be confined')
  world = World(sys.argv[1])
  if b'landlock: none' in subprocess.run(
      [world.postern, 'exec', '--preset', 'runtime', '--dry-run',
       '--allow-process-spawn=/bin/true', '--', '/bin/true'],
      stdout=subprocess.PIPE, check=False).stdout:
    world.remove()
    return skip('this kernel has no Landlock, so that all is hidden already')
  users = (0, 65534) if os.geteuid() == 0 and world.copied else (0,)
  failed, started, refused, passed = 0, 0, 0, set()
  try:
    for user in users:
      plain = [(call, []) for call in [None, *CALLS]]
      masked = [(call, world.masks) for call in MASKING]
      for number, (call, options) in enumerate(plain + masked):
        error = (errno.ENOSYS, errno.EPERM)[(number + (user != 0)) % 2]
        outcome = world.run(call, error, user, options)
        wrong, through = mismatches(outcome, options)
        silent = world.run(call, error, user, options, reported=False)
        if silent[:2] != outcome[:2]:
          wrong.append('without a report: exit %d after %r, %s; with it: exit '
                       '%d after %r' % (*silent[:3], *outcome[:2]))
        what = '%s as %s, %s%s' % (call, user or 'this user',
                                   errno.errorcode[error],
                                   ' with masks' if options else '')
        if through is None:
          refused += 1
          print('%s: nothing started; %s' % (what, outcome[2].strip()[-200:]))
        else:
          started += 1
          passed.update(through)
          print('%s: passed: %s' % (what, ', '.join(through) or 'nothing'))
        if through is None and call in REPLACED:
          wrong = wrong + ['nothing started, though it can be done without']
        for line in wrong:
          failed += 1
          print('FAILED: %s: %s' % (what, line))
    code, out, err, _ = world.run('landlock_create_ruleset', errno.ENOSYS, 0,
                                  ['--require', 'partial'])
    if code != 125 or out or 'not everything is enforced' not in err:
      failed += 1
      print('FAILED: --require without Landlock: %d %s' % (code, err))
  finally:
    world.remove()
  print('%d started, %d refused to start; without some facility passed: %s' %
        (started, refused, ', '.join(sorted(passed))))
  if 'fs.read (contents)' not in passed or started < len(users) * 8:
    failed += 1
    print('FAILED: hiding calls made no difference, or started too little')
  return 1 if failed else 0


if __name__ == '__main__':
  sys.exit(main())
