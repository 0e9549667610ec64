-- Patterns match the whole argument, to its last byte.
require("exec.in").run("du\n", (...))
