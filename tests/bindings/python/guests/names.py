"""What is done to names: made, moved, removed, listed, described."""

import glob
import os
import pathlib
import shutil
import sys
import tempfile
import unittest

WORLD = sys.argv.pop(1)
GRANTED = f"{WORLD}/granted"
OTHER = f"{WORLD}/other"


class NamesTest(unittest.TestCase):
    def test_denied(self):
        calls = {
            "mkdir": lambda: os.mkdir(f"{OTHER}/new"),
            "rmdir": lambda: os.rmdir(OTHER),
            "remove": lambda: os.remove(f"{OTHER}/file"),
            "unlink": lambda: os.unlink(f"{GRANTED}/out/file"),
            "rename out": lambda: os.rename(f"{GRANTED}/file", f"{OTHER}/x"),
            "rename in": lambda: os.rename(f"{OTHER}/file", f"{GRANTED}/x"),
            "replace": lambda: os.replace(f"{GRANTED}/no/file", f"{GRANTED}/x"),
            "link": lambda: os.link(f"{OTHER}/file", f"{GRANTED}/x"),
            "link denied": lambda: os.link(f"{GRANTED}/no/file", f"{GRANTED}/x"),
            "symlink": lambda: os.symlink("x", f"{OTHER}/x"),
            "chmod": lambda: os.chmod(f"{WORLD}/readable/file", 0o777),
            "chown": lambda: os.chown(f"{WORLD}/readable/file", -1, -1),
            "lchown": lambda: os.lchown(f"{WORLD}/readable/file", -1, -1),
            "utime": lambda: os.utime(f"{WORLD}/readable/file"),
            "truncate": lambda: os.truncate(f"{WORLD}/readable/file", 0),
            "setxattr": lambda: os.setxattr(f"{WORLD}/readable/file", "user.x", b""),
            "stat": lambda: os.stat(f"{OTHER}/file"),
            "stat of nothing": lambda: os.stat(f"{OTHER}/none"),
            "lstat": lambda: os.lstat(f"{OTHER}/file"),
            "readlink": lambda: os.readlink(f"{OTHER}/link"),
            "listdir": lambda: os.listdir(OTHER),
            "scandir": lambda: os.scandir(f"{GRANTED}/out"),
            "chdir": lambda: os.chdir(OTHER),
            "statvfs": lambda: os.statvfs(OTHER),
            "getxattr": lambda: os.getxattr(OTHER, "user.x"),
            "listxattr": lambda: os.listxattr(OTHER),
            "mknod": lambda: os.mknod(f"{OTHER}/x"),
            "chroot": lambda: os.chroot(GRANTED),
        }
        for name, call in calls.items():
            with self.subTest(name), self.assertRaises(PermissionError) as caught:
                call()
            if name not in ("chroot",):
                self.assertIn(caught.exception.permission, ("fs.read", "fs.write"), name)

    def test_granted(self):
        os.mkdir("folder", 0o700)
        os.chdir("folder")
        with open("a", "w") as file:
            file.write("12345")
        os.chmod("a", 0o600)
        os.chmod("a", 0o640, follow_symlinks=True)
        os.utime("a", (1, 2))
        info = os.stat("a")
        self.assertEqual((info.st_mode, info.st_size, info.st_atime, info.st_mtime),
                         (0o100640, 5, 1.0, 2.0))
        os.utime("a", ns=(5, 7_000_000_001))
        self.assertEqual(os.stat("a").st_mtime_ns, 7_000_000_001)
        with open("a") as file:
            self.assertEqual(os.fstat(file.fileno()), os.stat("a"))
            self.assertEqual(os.stat(file.fileno()), os.stat("a"))
        os.symlink("a", "l")
        self.assertEqual(os.readlink("l"), "a")
        self.assertEqual(os.readlink(b"l"), b"a")
        self.assertTrue(os.path.islink("l") and os.path.samefile("a", "l"))
        os.link("a", "b")
        self.assertEqual(os.stat("b").st_nlink, 2)
        os.remove("b")
        os.truncate("a", 2)
        os.rename("a", "c")
        self.assertTrue(os.access("c", os.R_OK) and not os.access("a", os.F_OK))
        self.assertFalse(os.access(f"{OTHER}/file", os.F_OK))
        os.chdir("..")
        entries = {e.name: (e.path, e.is_file(), e.is_symlink(), e.is_dir())
                   for e in os.scandir("folder")}
        self.assertEqual(entries, {"c": ("folder/c", True, False, False),
                                   "l": ("folder/l", False, True, False)})
        shutil.rmtree("folder")
        self.assertFalse(os.path.exists("folder"))

    def test_the_library_works(self):
        self.assertEqual(glob.glob(f"{GRANTED}/f*"), [f"{GRANTED}/file"])
        self.assertEqual(pathlib.Path("file").read_text(), "granted/file")
        self.assertEqual([w[0] for w in os.walk(f"{GRANTED}/sub")], [f"{GRANTED}/sub"])
        tempfile.tempdir = GRANTED
        with tempfile.TemporaryFile() as file:
            file.write(b"x")
        with tempfile.TemporaryDirectory() as folder:
            self.assertTrue(folder.startswith(GRANTED))
            shutil.copytree("sub", f"{folder}/copy")
            self.assertTrue(os.path.exists(f"{folder}/copy/file"))
        self.assertFalse(os.path.exists("/etc/passwd"))
        self.assertTrue(os.path.exists("sub/file"))

    def test_moves_gain_no_rights(self):
        with self.assertRaises(OSError):
            os.rename(f"{GRANTED}/no", f"{GRANTED}/yes")
        os.symlink("/etc/passwd", "leads")
        self.assertRaises(PermissionError, open, "leads")
        os.remove("leads")


if __name__ == "__main__":
    unittest.main()
