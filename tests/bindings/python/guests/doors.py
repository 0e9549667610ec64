"""Ways around: originals, other interpreters, threads, native code, eval."""

import functools
import gc
import os
import sys
import threading
import types
import unittest

import postern

WORLD = sys.argv.pop(1)
SECRET = f"{WORLD}/other/file"


def is_denied(call, *args, **named):
    try:
        call(*args, **named)
    except PermissionError as error:
        return hasattr(error, "permission")
    return False


class DoorsTest(unittest.TestCase):
    def test_no_name_without_a_row(self):
        for module in ["_ssl", "_sqlite3", "readline", "_posixshmem", "_dbm",
                       "_multiprocessing", "resource", "nis", "ossaudiodev",
                       "_xxsubinterpreters", "termios", "mmap"]:
            try:
                __import__(module)
            except ImportError as error:
                print(module, error)
        self.assertEqual(postern._names_without_row(), [])

    def test_modules_are_known(self):
        folder = "/usr/lib/python3.11/lib-dynload"
        native = set()
        for name in os.listdir(folder):
            try:
                __import__(name.split(".")[0])
            except PermissionError as error:
                self.assertEqual(error.permission, "code.load")
                native.add(name.split(".")[0])
            except ImportError as error:
                print(name, error)
        self.assertEqual(native, {
            "_ctypes", "_ctypes_test", "_testbuffer", "_testcapi", "_testclinic",
            "_testimportmultiple", "_testinternalcapi", "_testmultiphase",
            "_xxtestfuzz", "xxlimited", "xxlimited_35"})
        for name in sys.builtin_module_names:
            __import__(name)
        self.assertEqual(postern._names_without_row(), [])

    def test_types_are_known(self):
        # Beside functions, what makes objects may open something: four of these
        # do, and are guarded.
        known = {
            "posix": "DirEntry sched_param stat_result statvfs_result "
                     "terminal_size times_result uname_result waitid_result",
            "_socket": "SocketType socket",
            "_io": "BufferedRWPair BufferedRandom BufferedReader BufferedWriter "
                   "BytesIO FileIO IncrementalNewlineDecoder StringIO "
                   "TextIOWrapper _BufferedIOBase _IOBase _RawIOBase _TextIOBase",
            "_multiprocessing": "SemLock",
            "_sqlite3": "Blob Connection Cursor PrepareProtocol Row",
            "_ssl": "Certificate MemoryBIO SSLSession _SSLContext _SSLSocket",
            "select": "epoll",
            "mmap": "mmap",
        }
        for name, types_ in known.items():
            module = __import__(name)
            found = {n for n, o in vars(module).items()
                     if isinstance(o, type) and not issubclass(o, BaseException) and
                     n != "__loader__"}
            self.assertEqual(found, set(types_.split()), name)

    def test_events_of_the_library_are_known(self):
        import re
        names = set()
        for folder, _, files in os.walk("/usr/lib/python3.11"):
            for name in files:
                # One is a link out of there.
                if name.endswith(".py") and name != "sitecustomize.py":
                    with open(f"{folder}/{name}", "rb") as file:
                        names |= set(re.findall(rb"sys\.audit\(['\"]([^'\"]+)",
                                                file.read()))
        self.assertGreater(len(names), 30)
        for name in names:
            sys.audit(name.decode())

    def test_functions_that_are_found_otherwise(self):
        import _io
        import importlib
        import posix
        del sys.modules["posix"]
        again = importlib.import_module("posix")
        for module in [posix, again, os]:
            self.assertTrue(is_denied(module.stat, SECRET))
            self.assertTrue(is_denied(module.open, SECRET, 0))
        raw = [t for t in _io._RawIOBase.__subclasses__() if t.__name__ == "FileIO"][0]
        self.assertTrue(is_denied(raw, SECRET))
        self.assertTrue(is_denied(type(open(f"{WORLD}/granted/file").buffer.raw), SECRET))
        self.assertTrue(is_denied(raw.__init__, raw.__new__(raw), SECRET))
        self.assertTrue(is_denied(
            raw.__dict__["__init__"].__get__(raw.__new__(raw)), SECRET))

        class Mine(raw):
            pass

        self.assertTrue(is_denied(Mine, SECRET))

    def test_functions_that_the_collector_finds(self):
        opens = [o for o in gc.get_objects()
                 if isinstance(o, types.BuiltinFunctionType) and
                 o.__name__ in ("open", "open_code", "listdir", "scandir", "readlink")]
        self.assertGreater(len(opens), 2)
        for function in opens:
            arguments = (SECRET, 0) if function.__module__ == "posix" and \
                function.__name__ == "open" else (SECRET,)
            self.assertTrue(is_denied(function, *arguments), function)

    def test_replaced_built_ins_change_nothing(self):
        import builtins
        import posix
        saved = {}
        for module in (posix, os, builtins):
            for name in ("stat_result", "fspath", "isinstance", "len", "PermissionError"):
                if hasattr(module, name):
                    saved[module, name] = getattr(module, name)
                    setattr(module, name, lambda *a, **k: True)
        try:
            try:
                open(SECRET)
                verdict = "granted"
            except OSError as error:
                verdict = error.errno
            with open(f"{WORLD}/granted/file") as file:
                text = file.read()
        finally:
            for (module, name), value in saved.items():
                setattr(module, name, value)
        self.assertEqual((verdict, text), (13, "granted/file"))

    def test_names_of_no_module_are_looked_up_when_a_library_is_loaded(self):
        import _imp
        import importlib.machinery
        import types
        folder = "/usr/lib/python3.11/lib-dynload"
        wanted = f"{folder}/_json.cpython-311-x86_64-linux-gnu.so"
        spec = importlib.machinery.ModuleSpec("_json", None, origin=wanted)

        class Liar:
            def __init__(self, **values):
                self.name = "_ctypes_test"
                self.origin = wanted.replace("_json", "_ctypes_test")

        saved = types.SimpleNamespace
        types.SimpleNamespace = Liar
        try:
            self.assertEqual(_imp.create_dynamic(spec).__name__, "_json")
        finally:
            types.SimpleNamespace = saved

    def test_results_of_stat_are_of_the_real_type(self):
        # In a fresh interpreter's first call, as this file is run in one.
        self.assertIs(type(os.stat(f"{WORLD}/granted/file")), os.stat_result)

    def test_entries_of_folders_use_nothing_of_the_guest_s(self):
        import builtins
        names = ["isinstance", "iter", "next"]
        saved = {name: getattr(builtins, name) for name in names}
        module = sys.modules.get("_postern_prelude")
        sys.modules["_postern_prelude"] = None
        for name in names:
            setattr(builtins, name, None)
        try:
            found = [entry.is_file() for entry in os.scandir(f"{WORLD}/readable")]
        finally:
            for name, value in saved.items():
                setattr(builtins, name, value)
            sys.modules["_postern_prelude"] = module
        self.assertEqual(found, [True])

    def test_threads(self):
        self.assertTrue(is_denied(threading.Thread(target=print).start))

    def test_eval(self):
        for call in [lambda: eval("1"), lambda: exec("pass"),
                     lambda: compile("1", "x", "eval"),
                     lambda: compile("1", "/usr/lib/python3.11/os.py", "eval"),
                     lambda: is_denied.__code__.replace(co_filename="<frozen x>")]:
            with self.assertRaises(PermissionError) as caught:
                call()
            self.assertEqual(caught.exception.permission, "code.eval")
        import collections
        import dataclasses
        self.assertEqual(collections.namedtuple("P", "x y")(1, 2).x, 1)
        self.assertTrue(dataclasses.make_dataclass("C", ["x"])(1))

    def test_bytecode(self):
        import _frozen_importlib as bootstrap
        import _frozen_importlib_external as external
        import _imp
        import importlib.machinery
        import importlib.util
        import json
        import marshal

        def mine():
            return 1

        code = marshal.dumps(mine.__code__)
        path = importlib.util.cache_from_source(json.__file__)
        with open(path, "rb") as file:
            own = file.read()[16:]
        with open(f"{WORLD}/granted/forged.pyc", "wb") as file:
            file.write(importlib.util.MAGIC_NUMBER + bytes(12) + code)
        forged = importlib.machinery.SourcelessFileLoader(
            "forged", f"{WORLD}/granted/forged.pyc")

        class Loader(importlib.machinery.SourcelessFileLoader):
            def get_data(self, path):
                return importlib.util.MAGIC_NUMBER + bytes(12) + code

        class Lie(str):
            def startswith(self, *_):
                return True

        replace = functools.partial(mine.__code__.replace, co_consts=())
        for call in [
                lambda: bootstrap._call_with_frames_removed(replace),
                lambda: self.assertRaises(ZeroDivisionError, replace),
                lambda: external._compile_bytecode(code),
                lambda: external._compile_bytecode(code, bytecode_path=path),
                lambda: external._compile_bytecode(own + b"x", bytecode_path=path),
                lambda: external._compile_bytecode(
                    code, bytecode_path="/usr/lib/python3.11/../../.." + WORLD +
                    "/granted/forged.pyc"),
                lambda: marshal.loads(code), lambda: marshal.loads(own),
                lambda: marshal.load(open(path, "rb")),
                lambda: _imp.get_frozen_object("x", code),
                lambda: _imp._fix_co_filename(mine.__code__, "/usr/lib/python3.11/x.py"),
                lambda: _imp._fix_co_filename(mine.__code__, Lie("<frozen x>")),
                lambda: forged.get_code("forged"),
                lambda: Loader("x", path).get_code("x"),
                lambda: Loader("x", "x").get_code("x")]:
            with self.assertRaises(PermissionError) as caught:
                call()
            self.assertEqual(caught.exception.permission, "code.eval")
        self.assertTrue(external._compile_bytecode(own, bytecode_path=path))
        self.assertTrue(_imp.get_frozen_object("zipimport"))
        self.assertTrue(types.coroutine(lambda: (yield)).__code__.co_flags & 0x100)

    def test_modules_with_bytecode_beside_them(self):
        import importlib.util
        import marshal
        folder = f"{WORLD}/granted/modules"
        os.makedirs(f"{folder}/__pycache__")
        with open(f"{folder}/beside.py", "w") as file:
            file.write("value = 5\n")
        with open(importlib.util.cache_from_source(f"{folder}/beside.py"), "wb") as file:
            # Not to be compared with the source (PEP 552).
            file.write(importlib.util.MAGIC_NUMBER + b"\1" + bytes(11) +
                       marshal.dumps((lambda: None).__code__))
        sys.path.insert(0, folder)
        import beside
        sys.path.remove(folder)
        self.assertEqual(beside.value, 5)

    def test_events(self):
        with self.assertRaises(PermissionError):
            sys.audit("an.event.of.tomorrow")

    def test_processes(self):
        import subprocess
        for call in [lambda: os.system("true"), lambda: subprocess.run(["true"]),
                     lambda: os.execv("/bin/true", ["true"]),
                     lambda: os.posix_spawn("/bin/true", ["true"], {}),
                     lambda: os.fork()]:
            with self.assertRaises(PermissionError):
                call()

    def test_signals(self):
        import signal
        os.kill(os.getpid(), 0)
        self.assertTrue(is_denied(os.kill, os.getppid(), 0))
        self.assertTrue(is_denied(os.kill, -1, 0))
        self.assertTrue(is_denied(os.killpg, os.getpgrp() + 1, 0))
        descriptor = os.pidfd_open(os.getppid())
        self.assertTrue(is_denied(signal.pidfd_send_signal, descriptor, 0))
        os.close(descriptor)

    def test_environment(self):
        self.assertEqual(os.environ.get("GRANTED"), "yes")
        self.assertNotIn("WITHHELD", os.environ)
        os.environ["GRANTED"] = "no"
        with self.assertRaises(PermissionError):
            os.environ["PATH"] = "/"

    def test_descriptors_of_the_host(self):
        import fcntl
        import socket
        own = []
        for number in range(3, 64):
            try:
                os.set_inheritable(number, False)
            except OSError:
                try:
                    fcntl.fcntl(number, fcntl.F_GETFD)
                except OSError:
                    continue
                own.append(number)
        self.assertTrue(own)
        mine = os.open(f"{WORLD}/granted", os.O_RDONLY)
        for number in own:
            for call in [lambda: os.close(number), lambda: os.dup2(mine, number),
                         lambda: os.dup(number), lambda: open(number),
                         lambda: socket.socket(fileno=number),
                         lambda: socket.close(number)]:
                self.assertRaises(OSError, call)
        os.close(mine)
        os.closerange(3, 1 << 20)
        open(f"{WORLD}/granted/file").close()
        self.assertTrue(is_denied(open, SECRET))

    def test_descriptors_of_the_host_by_other_ways(self):
        import fcntl
        import select
        for number in range(3, 9):
            try:
                fcntl.fcntl(number, fcntl.F_GETFD)
            except OSError:
                continue
            self.assertRaises(OSError, select.epoll.fromfd, number)
            self.assertRaises(OSError, fcntl.fcntl, number, fcntl.F_SETFD, 0)
            self.assertRaises(OSError, fcntl.fcntl, number, fcntl.F_DUPFD, 9)
            self.assertRaises(OSError, fcntl.ioctl, number, 0x5450)  # FIONCLEX
        mine = select.epoll()
        select.epoll.fromfd(os.dup(mine.fileno())).close()

    def test_signals_of_descriptors(self):
        import fcntl
        read, write = os.pipe()
        for command in [fcntl.F_SETOWN, 15, fcntl.F_SETSIG if hasattr(fcntl, "F_SETSIG")
                        else 10]:
            self.assertTrue(is_denied(fcntl.fcntl, read, command, os.getppid()))
        flags = fcntl.fcntl(read, fcntl.F_GETFL)
        self.assertTrue(is_denied(fcntl.fcntl, read, fcntl.F_SETFL, flags | os.O_ASYNC))
        self.assertRaises(TypeError, fcntl.fcntl, read, fcntl.F_SETFL, b"1234")
        fcntl.fcntl(read, fcntl.F_SETFL, flags | os.O_NONBLOCK)
        for number in [0x8901, 0x8902, 0x5452]:
            self.assertTrue(is_denied(fcntl.ioctl, read, number, 0))
            self.assertTrue(is_denied(fcntl.ioctl, read, number | 1 << 32, 0))
        os.close(read)
        os.close(write)

    def test_priorities(self):
        for call in [lambda: os.sched_setaffinity(0, {0}), lambda: os.nice(0),
                     lambda: os.setpriority(os.PRIO_PROCESS, 0, 0)]:
            with self.assertRaises(PermissionError) as caught:
                call()
            self.assertEqual(caught.exception.permission, "sys.info")

    def test_asyncio(self):
        import asyncio

        async def wait():
            await asyncio.sleep(0)
            return 5

        self.assertEqual(asyncio.run(wait()), 5)

    def test_facts(self):
        self.assertGreater(os.cpu_count(), 0)
        for call in [os.getuid, os.uname, os.getloadavg, os.getlogin]:
            with self.assertRaises(PermissionError) as caught:
                call()
            self.assertEqual(caught.exception.permission, "sys.info")

    def test_policies_are_the_host_s(self):
        self.assertTrue(is_denied(postern.Policy.from_file, SECRET))
        self.assertTrue(is_denied(postern.Policy.from_flags, ["--allow-all"]))


class AskingTest(unittest.TestCase):
    def test_has(self):
        self.assertTrue(postern.has("fs.read", f"{WORLD}/readable"))
        self.assertFalse(postern.has("fs.write", f"{WORLD}/readable"))
        self.assertFalse(postern.has("fs.read"))
        self.assertTrue(postern.has("net.connect", "127.0.0.1:80"))
        self.assertFalse(postern.has("no.such", "x") if False else postern.has("no.such"))
        self.assertRaises(TypeError, postern.has)
        self.assertRaises(TypeError, postern.has, 1)
        self.assertRaises(UnicodeEncodeError, postern.has, "fs.read", "\ud800")
        self.assertFalse(postern.has("fs.read", "a\0b"))
        self.assertFalse(postern.has("fs.read", "x" * 1_000_000))

    def test_check(self):
        answer = postern.check("fs.read", "/etc/passwd")
        self.assertFalse(answer.allowed)
        self.assertEqual(answer.permission, "fs.read")
        self.assertIn("fs.read", answer.remedy)

    def test_drop(self):
        open(f"{WORLD}/granted/sub/file").close()
        postern.drop("fs", f"{WORLD}/granted/sub")
        self.assertTrue(is_denied(open, f"{WORLD}/granted/sub/file"))
        self.assertFalse(postern.has("fs.read", f"{WORLD}/granted/sub/file"))
        open(f"{WORLD}/granted/file").close()


if __name__ == "__main__":
    unittest.main()
