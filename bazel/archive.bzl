"""Static libraries to install, of targets and all of ours that they stand on."""

def _linked(deps):
    """Object files and the flags for libraries that are not ours."""
    objects = []
    flags = []
    for dep in deps:
        for linked in dep[CcInfo].linking_context.linker_inputs.to_list():
            flags += linked.user_link_flags
            for library in linked.libraries:
                objects += library.pic_objects or library.objects or []
    return depset(objects).to_list(), flags

def _headers(deps):
    result = []
    for dep in deps:
        result += dep[CcInfo].compilation_context.direct_public_headers
    return result

def _archive_impl(ctx):
    objects, flags = _linked(ctx.attr.deps)
    if not objects:
        fail("nothing to put into %s" % ctx.outputs.archive.basename)
    ctx.actions.write(ctx.outputs.flags, "".join([f + "\n" for f in flags]))
    ctx.actions.write(
        ctx.outputs.headers,
        "".join([h.short_path + "\n" for h in _headers(ctx.attr.deps)]),
    )
    arguments = ctx.actions.args()
    arguments.add(ctx.outputs.archive)
    arguments.add(ctx.outputs.flags)
    arguments.add(ctx.attr.exported)
    arguments.add_all(objects)
    ctx.actions.run(
        executable = ctx.executable._make,
        inputs = objects + [ctx.outputs.flags],
        outputs = [ctx.outputs.archive],
        arguments = [arguments],
        mnemonic = "PosternArchive",
        progress_message = "Archiving %s" % ctx.outputs.archive.short_path,
        use_default_shell_env = True,
    )

postern_archive = rule(
    doc = "Makes NAME.a; NAME.flags and NAME.headers say what users need.",
    implementation = _archive_impl,
    attrs = {
        "deps": attr.label_list(
            doc = "What the library shows, alone.",
            mandatory = True,
            providers = [CcInfo],
        ),
        "exported": attr.string(
            doc = "If given, Debian's archives are put in as well, and of all " +
                  "symbols only those that match this pattern stay visible.",
        ),
        "_make": attr.label(
            default = "//bazel:make_archive",
            executable = True,
            cfg = "exec",
        ),
    },
    outputs = {
        "archive": "%{name}.a",
        "flags": "%{name}.flags",
        "headers": "%{name}.headers",
    },
)
