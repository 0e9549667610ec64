"""Packs the package `postern` as a wheel, from what Bazel built.

usage: make_wheel.py EXTENSION FOLDER

EXTENSION is bazel-bin/bindings/python/_postern.so. Writes the wheel (PEP 427)
into FOLDER and prints its name. Needs nothing but Python, and no network; the
same input gives the same bytes.
"""

import base64
import hashlib
import importlib.util
import os
import sys
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
TAG = "cp311-cp311-linux_x86_64"
EXTENSION = "postern/_postern.cpython-311-x86_64-linux-gnu.so"
PARTS = ["__init__.py", "__init__.pyi", "py.typed"]


def version_of(extension):
    """What the extension says of itself."""
    spec = importlib.util.spec_from_file_location("_postern", extension)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.__version__


def files_of(extension):
    files = {}
    for part in PARTS:
        with open(os.path.join(HERE, "postern", part), "rb") as file:
            files["postern/" + part] = file.read()
    with open(extension, "rb") as file:
        files[EXTENSION] = file.read()
    return files


def add_metadata(files, version):
    folder = f"postern-{version}.dist-info"
    files[folder + "/METADATA"] = (
        f"Metadata-Version: 2.1\nName: postern\nVersion: {version}\n"
        "Summary: Permissions: ask what is granted, enforce it, give it up\n"
        "Requires-Python: >=3.11,<3.12\n").encode()
    files[folder + "/WHEEL"] = (
        "Wheel-Version: 1.0\nGenerator: postern\nRoot-Is-Purelib: false\n"
        f"Tag: {TAG}\n").encode()
    record = "".join(
        "%s,sha256=%s,%d\n" % (
            name,
            base64.urlsafe_b64encode(hashlib.sha256(data).digest())
            .rstrip(b"=").decode(),
            len(data))
        for name, data in files.items())
    record += folder + "/RECORD,,\n"
    files[folder + "/RECORD"] = record.encode()


def write(files, path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        for name, data in files.items():
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = (0o755 if name.endswith(".so") else 0o644) << 16
            wheel.writestr(info, data)


def main(extension, folder):
    version = version_of(extension)
    files = files_of(extension)
    add_metadata(files, version)
    path = os.path.join(folder, f"postern-{version}-{TAG}.whl")
    write(files, path)
    print(path)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
