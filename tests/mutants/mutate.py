"""Writes a source file with deliberate mistakes in it.

usage: mutate.py INPUT OUTPUT OLD NEW [OLD NEW]...

Each OLD must occur exactly once, so that a mutant cannot quietly become the
unchanged file when the source moves on.
"""

import sys


def main(argv):
    if len(argv) < 5 or len(argv) % 2 == 0:
        sys.exit(__doc__)
    with open(argv[1], encoding="utf-8") as source:
        text = source.read()
    for old, new in zip(argv[3::2], argv[4::2]):
        found = text.count(old)
        if found != 1:
            sys.exit("%s: %r occurs %d times, not once" % (argv[1], old, found))
        text = text.replace(old, new)
    with open(argv[2], "w", encoding="utf-8") as mutant:
        mutant.write(text)


if __name__ == "__main__":
    main(sys.argv)
