"""Debian's libraries for a WORKSPACE: that of Postern, and of who uses it.

    load("@postern//bazel:repositories.bzl", "postern_repositories")

    postern_repositories()

bazel/README.md lists the labels and the packages that stand behind them.
"""

def _labels_impl(repository):
    folder = repository.path(repository.attr.marker).dirname
    for entry in folder.readdir():
        repository.symlink(entry, entry.basename)

# A folder beside this file as a repository, wherever Postern lies. Unlike
# local_repository it needs no path, which would be relative to the WORKSPACE of
# whoever calls.
_labels = repository_rule(
    implementation = _labels_impl,
    attrs = {"marker": attr.label(mandatory = True)},
    local = True,
)

# Labels over system libraries: repository, folder here.
_LABELS = {
    "com_github_cliutils_cli11": Label("//bazel:cli11/WORKSPACE"),
    "com_github_google_benchmark": Label("//bazel:benchmark/WORKSPACE"),
    "com_github_tencent_rapidjson": Label("//bazel:rapidjson/WORKSPACE"),
    "com_github_yaml_libyaml": Label("//bazel:libyaml/WORKSPACE"),
    "com_google_absl": Label("//bazel:absl/WORKSPACE"),
    "com_google_googletest": Label("//bazel:googletest/WORKSPACE"),
    "com_googlesource_code_re2": Label("//bazel:re2/WORKSPACE"),
    "org_duktape": Label("//bazel:duktape/WORKSPACE"),
    "org_libsodium": Label("//bazel:sodium/WORKSPACE"),
    "org_openssl": Label("//bazel:openssl/WORKSPACE"),
    "org_seccomp": Label("//bazel:seccomp/WORKSPACE"),
    "org_sqlite": Label("//bazel:sqlite/WORKSPACE"),
    # What Bazel 4.2.3 itself asks for.
    "remote_coverage_tools": Label("//bazel:coverage_tools/WORKSPACE"),
    "rules_cc": Label("//bazel:rules_cc/WORKSPACE"),
}

# System folders that get a BUILD file: repository, folder, BUILD file.
_BUILT = {
    "com_google_protobuf": ("/usr/include", Label("//bazel:protobuf.BUILD")),
    "org_lua": ("/usr/include/lua5.4", Label("//bazel:lua.BUILD")),
    "org_luajit": ("/usr/include/luajit-2.1", Label("//bazel:luajit.BUILD")),
    "org_python": ("/usr/include/python3.11", Label("//bazel:python.BUILD")),
    "system": ("/usr", Label("//bazel:system.BUILD")),
}

# Repositories that Debian ships whole.
_WHOLE = {
    "bazel_skylib": "/usr/share/bazel/tools/skylib",
    "platforms": "/usr/share/bazel/tools/platforms",
    "rules_java": "/usr/share/bazel/rules/java",
    "rules_proto": "/usr/share/bazel/rules/proto",
}

def _node_api_impl(repository):
    folder = repository.os.environ.get("POSTERN_RUNTIMES") or "%s/.cache/postern-runtimes" % (
        repository.os.environ.get("HOME", "/nonexistent")
    )
    headers = repository.path(
        folder + "/node-api-headers/node_modules/node-api-headers/include",
    )
    present = headers.exists
    if present:
        repository.symlink(headers, "include")
    repository.file("defs.bzl", "PRESENT = %s\nRUNTIMES = %r\n" % (present, folder))
    repository.symlink(repository.attr.build_file, "BUILD.bazel")

# The headers that tools/runtimes installs from npm. Where they are missing,
# PRESENT of :defs.bzl is False, and what needs them is to be left out. RUNTIMES
# is the folder, for tests that start what lies there.
_node_api = repository_rule(
    implementation = _node_api_impl,
    attrs = {"build_file": attr.label(mandatory = True)},
    environ = ["HOME", "POSTERN_RUNTIMES"],
    local = True,
)

def postern_repositories():
    """Declares what Postern depends on, but for what is declared already."""
    for name, marker in _LABELS.items():
        if not native.existing_rule(name):
            _labels(name = name, marker = marker)
    for name, (path, build_file) in _BUILT.items():
        if not native.existing_rule(name):
            native.new_local_repository(
                name = name,
                path = path,
                build_file = str(build_file),
            )
    if not native.existing_rule("node_api_headers"):
        _node_api(
            name = "node_api_headers",
            build_file = Label("//bazel:node_api.BUILD"),
        )
    for name, path in _WHOLE.items():
        if not native.existing_rule(name):
            native.local_repository(name = name, path = path)
