"""C libraries that open files by themselves: SQLite, TLS, shared memory, ..."""
# grant: "fs" pattern: "/dev/shm/postern-test"
# grant: "thread.create"
# grant: "code.eval"
# grant: "sys.info" pattern: "setPriority"
# grant: "code.load" pattern: "/usr/lib/python3.11/lib-dynload/_ctypes.cpython-311-x86_64-linux-gnu.so"

import os
import sqlite3
import ssl
import sys
import threading
import unittest

import _posixshmem
import _xxsubinterpreters as interpreters
import postern

WORLD = sys.argv.pop(1)
GRANTED, OTHER = f"{WORLD}/granted", f"{WORLD}/other"


class LibrariesTest(unittest.TestCase):
    def denied(self, call, *args, **named):
        with self.assertRaises(PermissionError) as caught:
            call(*args, **named)
        self.assertTrue(hasattr(caught.exception, "permission"))

    def test_sqlite(self):
        database = sqlite3.connect(f"{GRANTED}/a.db")
        database.execute("create table t (x)")
        database.execute("insert into t values (1)")
        database.commit()
        self.assertEqual(database.execute("select x from t").fetchall(), [(1,)])
        for statement in [f"attach '{OTHER}/b.db' as b", f"vacuum into '{OTHER}/b.db'",
                          f"attach '{GRANTED}/b.db' as b"]:
            self.assertRaises(sqlite3.OperationalError, database.execute, statement)
        self.denied(database.setlimit, 7, 10)
        self.denied(database.enable_load_extension, True)
        database.close()
        for name in [f"{OTHER}/a.db", f"{GRANTED}/out/a.db", f"{GRANTED}/no/a.db",
                     f"{WORLD}/readable/a.db", "", b"../other/a.db"]:
            self.denied(sqlite3.connect, name)
        os.symlink(f"{OTHER}/file", f"{GRANTED}/link.db")
        self.denied(sqlite3.connect, f"{GRANTED}/link.db")
        for uri in [f"file:{OTHER}/a.db", f"file://{OTHER}/a.db",
                    f"file:{GRANTED}/a.db?vfs=unix-none", f"file:{GRANTED}/%2e%2e/x"]:
            self.denied(sqlite3.connect, uri, uri=True)
        sqlite3.connect(f"file:{GRANTED}/a.db?mode=ro", uri=True).close()
        sqlite3.connect(":memory:").close()
        self.assertFalse(os.path.exists(f"{OTHER}/b.db"))

        class Mine(sqlite3.Connection):
            pass

        self.denied(Mine, f"{OTHER}/a.db")
        self.denied(sqlite3.connect, f"{OTHER}/a.db", factory=Mine)

    def test_tls(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self.denied(context.load_verify_locations, f"{OTHER}/file")
        self.denied(context.load_verify_locations, capath=OTHER)
        self.denied(context.load_cert_chain, f"{OTHER}/file")
        self.denied(context.load_cert_chain, f"{GRANTED}/file", f"{OTHER}/file")
        self.denied(context.load_dh_params, f"{OTHER}/file")
        with self.assertRaises(ssl.SSLError):  # read, and no certificate
            context.load_verify_locations(f"{GRANTED}/file")

        class Folder:
            names = [GRANTED, OTHER]

            def __fspath__(self):
                return self.names.pop(0)

        context.load_verify_locations(capath=Folder())
        self.assertEqual(Folder.names, [OTHER])  # it was asked once
        with self.assertRaises(PermissionError):
            context.keylog_filename = f"{OTHER}/log"

    def test_shared_memory(self):
        descriptor = _posixshmem.shm_open("/postern-test", os.O_RDWR | os.O_CREAT, 0o600)
        os.close(descriptor)
        _posixshmem.shm_unlink("/postern-test")
        self.denied(_posixshmem.shm_open, "/other", os.O_RDWR | os.O_CREAT, 0o600)
        self.denied(_posixshmem.shm_open, "/../../etc/passwd", os.O_RDONLY, 0)
        self.denied(_posixshmem.shm_unlink, "/other")
        import multiprocessing
        self.denied(multiprocessing.Lock)

    def test_priorities_of_others(self):
        other = os.getppid()
        for call in [lambda: os.setpriority(os.PRIO_PROCESS, other, 0),
                     lambda: os.setpriority(os.PRIO_PGRP, 0, 0),
                     lambda: os.setpriority(os.PRIO_USER, 0, 0),
                     lambda: os.sched_setaffinity(other, {0}),
                     lambda: os.sched_setparam(other, os.sched_param(0)),
                     lambda: os.sched_setscheduler(other, os.SCHED_OTHER,
                                                   os.sched_param(0))]:
            with self.assertRaises(PermissionError) as caught:
                call()
            self.assertEqual(caught.exception.permission, "process.signal")
        self.assertRaises(TypeError, os.setpriority, which=0, who=other, priority=0)
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
        os.nice(0)

    def test_settings_of_readline(self):
        import readline
        for text in ["$include ", "$INCLUDE ", " \t$ include "]:
            self.denied(readline.parse_and_bind, f"{text}{OTHER}/file")
            with open(f"{GRANTED}/inputrc", "w") as file:
                file.write(f"set bell-style none\r {text}{OTHER}/file\n")
            self.denied(readline.read_init_file, f"{GRANTED}/inputrc")
        self.assertRaises(ValueError, readline.parse_and_bind, "set\0")
        readline.parse_and_bind("set bell-style none")
        readline.parse_and_bind("$if mode=emacs")
        readline.parse_and_bind("$endif")
        with open(f"{GRANTED}/inputrc", "w") as file:
            file.write("# $include\nset bell-style none\n")
        readline.read_init_file(f"{GRANTED}/inputrc")

    def test_a_drop_that_cannot_be_read_drops_more(self):
        readable = f"{WORLD}/readable/file"
        for arguments, error, kept in [
                (("zzz",), ValueError, False), (("zzz", WORLD), ValueError, False),
                (("fs.write", "*["), ValueError, True), (("",), ValueError, False),
                (("\ud800",), UnicodeEncodeError, True),
                (("\ud800", WORLD), UnicodeEncodeError, True), ((1,), TypeError, True)]:
            child = os.fork()
            if child == 0:
                status = 1
                try:
                    postern.drop(*arguments)
                except error:
                    status = 0 if postern.has("fs.read", readable) == kept else 2
                finally:
                    os._exit(status)
            self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), 0,
                             arguments)

    def test_histories_and_databases(self):
        import readline
        self.denied(readline.read_history_file, f"{OTHER}/file")
        self.denied(readline.write_history_file, f"{OTHER}/history")
        self.denied(readline.append_history_file, 1, f"{OTHER}/history")
        self.denied(readline.read_init_file, f"{OTHER}/file")
        self.denied(readline.read_history_file)
        readline.write_history_file(f"{GRANTED}/history")
        try:
            import _dbm
        except ImportError as error:
            print("skipped: no dbm:", error)
        else:
            self.denied(_dbm.open, f"{OTHER}/d", "c")
            _dbm.open(f"{GRANTED}/d", "c").close()

    def test_users_and_logs(self):
        import grp
        import pwd
        import spwd
        import syslog
        for call in [pwd.getpwall, grp.getgrall, spwd.getspall, syslog.openlog]:
            self.denied(call)
        self.denied(syslog.syslog, "x")

    def test_other_interpreters(self):
        self.denied(interpreters.create)
        self.assertEqual(interpreters.list_all(), [interpreters.get_main()])

    def test_threads_and_forks_have_what_is_left(self):
        postern.drop("fs.read", f"{GRANTED}/sub")
        outcome = []

        def attempt():
            try:
                open(f"{GRANTED}/sub/file")
                outcome.append("granted")
            except PermissionError:
                outcome.append("denied")

        thread = threading.Thread(target=attempt)
        thread.start()
        thread.join()
        self.assertEqual(outcome, ["denied"])
        child = os.fork()
        if child == 0:
            attempt()
            os._exit(0 if outcome[-1] == "denied" else 1)
        self.assertEqual(os.waitpid(child, 0)[1], 0)

    def test_ctypes_loads_what_is_granted(self):
        import ctypes
        for library in ["libc.so.6", "/lib/x86_64-linux-gnu/libm.so.6", b"libm.so.6",
                        f"{GRANTED}/file"]:
            with self.assertRaises(PermissionError) as caught:
                ctypes.CDLL(library)
            self.assertEqual(caught.exception.permission, "code.load")

    def test_eval_is_granted_here(self):
        self.assertEqual(eval("1 + 1"), 2)

    def test_many_threads(self):
        def attempt():
            for _ in range(200):
                with open(f"{GRANTED}/file") as file:
                    file.read()
                self.assertFalse(os.path.exists(f"{OTHER}/file"))

        threads = [threading.Thread(target=attempt) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


if __name__ == "__main__":
    unittest.main()
