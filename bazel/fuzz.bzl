"""Fuzz targets: `LLVMFuzzerTestOneInput` over a corpus, and under libFuzzer."""

load("@rules_cc//cc:defs.bzl", "cc_binary", "cc_library", "cc_test")

def postern_fuzz_test(name, srcs, corpus, deps = [], dictionary = None, tags = []):
    """Declares a fuzz target and the test that replays its corpus.

    `<name>_corpus_test` is an ordinary test: it runs the function once over
    each corpus file, and fails if there is none. `<name>` is the libFuzzer
    binary, which needs `--config=fuzz` and is therefore left out of `//...`:

        bazel run --config=fuzz //fs:pattern_fuzz -- FLAGS FOLDERS

    `tools/test --ci` finds it by its tag and runs it from the corpus, with the
    dictionary if there is one.

    Args:
      name: name of the fuzz target; by custom it ends in `_fuzz`.
      srcs: sources, one of which defines `LLVMFuzzerTestOneInput`.
      corpus: seed files, usually `glob(["testdata/pattern_fuzz/*"])`.
      deps: dependencies of `srcs`.
      dictionary: file of tokens for libFuzzer, or None.
      tags: further tags, for both targets.
    """
    if not corpus:
        fail("fuzz target %s has an empty corpus" % name)

    cc_library(
        name = name + "_lib",
        testonly = True,
        srcs = srcs,
        deps = deps,
        # Nothing refers to the function but main(), which comes later.
        alwayslink = True,
        visibility = ["//visibility:private"],
    )

    cc_test(
        name = name + "_corpus_test",
        size = "small",
        args = ["$(rootpaths :%s_corpus)" % name],
        data = [":%s_corpus" % name],
        tags = tags,
        deps = [
            ":%s_lib" % name,
            "//bazel:corpus_main",
        ],
    )

    native.filegroup(
        name = name + "_corpus",
        testonly = True,
        srcs = corpus,
        visibility = ["//visibility:private"],
    )

    # Tells tools/test which corpus and dictionary to start from.
    native.genrule(
        name = name + "_seeds",
        testonly = True,
        srcs = [":%s_corpus" % name] + ([dictionary] if dictionary else []),
        outs = [name + "_seeds.txt"],
        cmd = "for f in $(locations :%s_corpus); do echo \"seed $$f\"; done > $@" % name +
              ("; echo \"dict $(location %s)\" >> $@" % dictionary if dictionary else ""),
        tags = ["manual"],
        visibility = ["//visibility:private"],
    )

    cc_binary(
        name = name,
        testonly = True,
        data = [":%s_seeds" % name, ":%s_corpus" % name] + ([dictionary] if dictionary else []),
        linkopts = ["-fsanitize=fuzzer"],
        tags = ["fuzz", "manual"] + tags,
        deps = [":%s_lib" % name],
    )
