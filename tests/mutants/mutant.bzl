"""Tests that the oracle notices mistakes in the engine."""

load("@rules_cc//cc:defs.bzl", "cc_test")

def _quoted(text):
    return "'" + text.replace("'", "'\\''").replace("$", "$$") + "'"

def mutant_test(name, source, edits, deps, caught = True, driver = ":driver"):
    """A test that passes if the comparison with the oracle notices the mutant.

    The changed file is the only one that is compiled anew: its object comes
    before the engine's libraries in the link and defines all that the original
    does, so the original is never taken out of its archive. (If it were, the
    link would fail for duplicate symbols.)

    Args:
      name: the name of the test.
      source: label of the engine's source file.
      edits: list of (old, new) texts; each old text occurs exactly once.
      deps: the library that the source belongs to, and the source's own deps.
      caught: False for a change that must make no difference.
      driver: what compares and has main().
    """
    arguments = [_quoted(text) for edit in edits for text in edit]
    native.genrule(
        name = name + "_source",
        testonly = True,
        srcs = [source],
        outs = [name + ".cc"],
        cmd = " ".join([
            "python3 $(location mutate.py) $(location %s) $@" % source,
        ] + arguments),
        tools = ["mutate.py"],
        visibility = ["//visibility:private"],
    )
    cc_test(
        name = name,
        size = "medium",
        srcs = [name + ".cc"],
        args = ["caught" if caught else "unnoticed"],
        linkstatic = True,
        # They ask whether the oracle notices, which no sanitizer changes.
        tags = ["mutant"],
        deps = [driver] + deps,
    )
