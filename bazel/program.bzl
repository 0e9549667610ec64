"""Programs that bring most of their libraries along."""

load("@rules_cc//cc:defs.bzl", "cc_binary")

def postern_program(name, deps, linkopts = [], **kwargs):
    """A cc_binary that needs libc and libm alone when it is optimised.

    Debian's Abseil is three dozen shared libraries, and to map them takes
    several times longer than all that a short run does. Debian's static
    archives are for position-independent executables: they fit into programs,
    but not into shared libraries, since they keep thread-local variables at
    offsets that only an executable knows (R_X86_64_TPOFF32).

    Other builds, as those of sanitizers, stay dynamic.

    Args:
      name: name of the program.
      deps: as of cc_binary.
      linkopts: as of cc_binary.
      **kwargs: handed on.
    """
    cc_binary(
        name = name,
        # Those of dependencies come behind these, in order. The last dependency
        # ends what begins here: libm and libc are to stay shared.
        linkopts = select({
            "//bazel:optimised": [
                "-Wl,--as-needed",
                "-Wl,--exclude-libs,ALL",
                "-Wl,--icf=safe",
                "-Wl,-Bstatic",
                "-static-libgcc",
            ],
            "//conditions:default": [],
        }) + linkopts,
        deps = deps + ["//bazel:end_of_archives"],
        **kwargs
    )
