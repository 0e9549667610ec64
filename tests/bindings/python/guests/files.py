"""open() and its relatives: what is granted works, all else is refused."""

import errno
import io
import os
import sys
import unittest

WORLD = sys.argv.pop(1)
GRANTED = f"{WORLD}/granted"


def is_denied(error, permission, resource):
    return (isinstance(error, PermissionError) and
            error.permission == permission and error.resource == resource and
            isinstance(error.rule, str))


class Path:
    """Tells another name when it is asked a second time."""

    def __init__(self, *names):
        self.names = list(names)

    def __fspath__(self):
        return self.names.pop(0)


class FilesTest(unittest.TestCase):
    def denied(self, permission, resource, call, *args, **named):
        with self.assertRaises(PermissionError) as caught:
            call(*args, **named)
        self.assertEqual(
            (caught.exception.permission, caught.exception.resource),
            (permission, resource))
        self.assertIsInstance(caught.exception.rule, str)

    def test_granted_files_are_as_ever(self):
        with open(f"{GRANTED}/new", "w+", encoding="utf-8") as file:
            self.assertEqual(file.name, f"{GRANTED}/new")
            file.write("text")
            file.seek(0)
            self.assertEqual(file.read(), "text")
        with open(f"{GRANTED}/new", "a") as file:
            file.write("!")
        with open(f"{GRANTED}/new".encode(), "rb", buffering=0) as file:
            self.assertEqual(file.read(), b"text!")
        with self.assertRaises(FileExistsError):
            open(f"{GRANTED}/new", "x")
        with self.assertRaises(FileNotFoundError):
            open(f"{GRANTED}/none")
        with self.assertRaises(IsADirectoryError):
            open(GRANTED, "w")
        os.remove(f"{GRANTED}/new")

    def test_every_kind_of_name(self):
        for name in [f"{WORLD}/other/file", f"{WORLD}/other/file".encode(),
                     f"{GRANTED}/../other/file", f"{GRANTED}/out/file",
                     "../other/file", "out/file", f"/proc/self/root{WORLD}/other/file",
                     "/etc/passwd", f"{GRANTED}/no/file"]:
            self.denied("fs.read", name, open, name)
            self.denied("fs.read", name, os.open, name, os.O_RDONLY)
            self.denied("fs.read", name, io.FileIO, name)
            self.denied("fs.read", os.fsdecode(name), io.open_code, os.fsdecode(name))
        self.denied("fs.read", f"{WORLD}/other/file", open,
                    Path(f"{WORLD}/other/file", f"{GRANTED}/file"))
        with open(Path(f"{GRANTED}/file", f"{WORLD}/other/file")) as file:
            self.assertEqual(file.read(), "granted/file")

    def test_links_inside_are_followed(self):
        with open("in") as file:
            self.assertEqual(file.read(), "granted/file")

    def test_reading_is_not_writing(self):
        name = f"{WORLD}/readable/file"
        with open(name) as file:
            self.assertEqual(file.read(), "readable/file")
        for mode in ["w", "a", "r+", "x"]:
            self.denied("fs.write", name, open, name, mode)
        with open(name) as file:
            self.assertEqual(file.read(), "readable/file")

    def test_concealed_is_not_there(self):
        with self.assertRaises(FileNotFoundError) as caught:
            open(f"{GRANTED}/hidden/file")
        self.assertFalse(hasattr(caught.exception, "permission"))
        self.assertNotIn("hidden", os.listdir(GRANTED))

    def test_directory_descriptors(self):
        folder = os.open(GRANTED, os.O_RDONLY)
        with open("file", opener=lambda name, flags: os.open(
                name, flags, dir_fd=folder)) as file:
            self.assertEqual(file.read(), "granted/file")
        self.denied("fs.read", "../other/file", os.open, "../other/file",
                    os.O_RDONLY, dir_fd=folder)
        self.denied("fs.read", "out/file", os.stat, "out/file", dir_fd=folder)
        self.denied("fs.read", "no/file", os.stat, "no/file", dir_fd=folder)
        self.assertEqual(sorted(os.listdir(folder)), sorted(os.listdir(GRANTED)))
        os.close(folder)

    def test_an_opener_has_no_more_rights(self):
        self.denied("fs.read", "/etc/passwd", open, "x",
                    opener=lambda name, flags: os.open("/etc/passwd", flags))

    def test_handles_keep_their_rights(self):
        with open(f"{WORLD}/readable/file") as file:
            for call in [lambda: os.fchmod(file.fileno(), 0o600),
                         lambda: os.chmod(file.fileno(), 0o600),
                         lambda: os.utime(file.fileno(), (0, 0)),
                         lambda: os.fchown(file.fileno(), 0, 0),
                         lambda: os.setxattr(file.fileno(), "user.x", b"")]:
                with self.assertRaises(PermissionError):
                    call()
            with self.assertRaises(OSError):
                os.ftruncate(file.fileno(), 0)
            self.assertEqual(os.fstat(file.fileno()).st_size, 13)

    def test_what_was_decided_is_what_is_used(self):
        class Number:
            def __init__(self, *numbers):
                self.numbers = list(numbers)

            def __index__(self):
                return self.numbers.pop(0)

        class Both(Number, Path):
            def __init__(self, number, name):
                self.numbers, self.names = [number], [name]

        other = f"{WORLD}/other/file"
        before = os.stat(f"{WORLD}/readable/file").st_mode
        with open(f"{GRANTED}/mode", "w") as writes, \
                open(f"{WORLD}/readable/file") as reads:
            own, foreign = writes.fileno(), reads.fileno()
            os.fchmod(Number(own, foreign), 0o600)
            os.chmod(Number(own, foreign), 0o600)
            os.fchown(Number(own, foreign), os.stat(own).st_uid, -1)
            self.assertEqual(os.stat(foreign).st_mode, before)
            os.fchmod(own, Number(0o600, 0o4755))
            self.assertEqual(os.stat(own).st_mode & 0o7777, 0o600)
            self.denied("fs.write", other, os.lchown, Both(own, other), -1, -1)
            self.assertRaises(TypeError, os.lchown, own, -1, -1)
            os.statvfs(Number(own, 0))
        os.remove(f"{GRANTED}/mode")

    def test_arguments_by_name(self):
        other = f"{WORLD}/other/file"
        for call in [os.statvfs, os.stat, os.listdir, os.remove]:
            with self.assertRaises(PermissionError):
                call(path=other)
        self.denied("fs.read", other, os.pathconf, path=other, name="PC_LINK_MAX")
        self.assertTrue(os.statvfs(path=f"{GRANTED}/file"))
        self.assertTrue(os.pathconf(f"{GRANTED}/file", name="PC_NAME_MAX"))

    def test_odd_flags(self):
        for flags in [os.O_PATH, os.O_TMPFILE | os.O_RDWR, os.O_DIRECT,
                      os.O_RDONLY | os.O_TRUNC, 3]:
            with self.assertRaises(OSError):
                os.close(os.open(f"{GRANTED}/file", flags))
        self.assertEqual(os.stat(f"{GRANTED}/file").st_size, 12)

    def test_bad_names(self):
        self.assertRaises(ValueError, open, "a\0b")
        self.assertRaises(ValueError, open, b"a\0b")
        self.assertRaises(UnicodeEncodeError, open, "\ud800")
        self.assertRaises(TypeError, open, 1.5)
        self.assertRaises(TypeError, os.stat, [])
        self.assertRaises(TypeError, os.stat)
        self.assertRaises(TypeError, os.stat, "a", "b")
        self.assertRaises(TypeError, os.stat, "a", nothing=1)
        self.assertRaises(ValueError, open, -1)
        self.assertRaises(ValueError, open, "file", "rw")
        self.assertRaises(FileNotFoundError, open, "")
        self.assertRaises(OverflowError, os.stat, 1 << 70)
        for size in [5000, 10_000_000]:
            with self.assertRaises(OSError) as caught:
                open("x" * size)
            self.assertEqual(caught.exception.errno, errno.ENAMETOOLONG)

        class Number(int):
            def __index__(self):
                return 0

        class Text(str):
            def __str__(self):
                return f"{GRANTED}/file"

            def encode(self, *_):
                return f"{GRANTED}/file".encode()

        self.denied("fs.read", "/etc/passwd", open, Text("/etc/passwd"))

    def test_undecodable_names(self):
        name = os.fsencode(GRANTED) + b"/\xff\xfe"
        with open(name, "w"):
            pass
        self.assertIn(b"\xff\xfe", os.listdir(os.fsencode(GRANTED)))
        self.assertIn("\udcff\udcfe", os.listdir(GRANTED))
        os.remove(os.fsdecode(name))

    def test_special_files(self):
        self.denied("fs.write", f"{GRANTED}/../other/fifo", os.mkfifo,
                    f"{GRANTED}/../other/fifo")
        os.mkfifo(f"{GRANTED}/fifo")
        with self.assertRaises(OSError):
            os.open(f"{GRANTED}/fifo", os.O_RDONLY)  # and does not wait
        os.remove(f"{GRANTED}/fifo")
        with self.assertRaises(PermissionError):
            os.mknod(f"{GRANTED}/zero", 0o20666, os.makedev(1, 5))
        with open("/dev/null") as file:
            self.assertEqual(file.read(), "")


if __name__ == "__main__":
    unittest.main()
