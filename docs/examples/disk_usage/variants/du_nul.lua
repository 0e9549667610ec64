-- Nothing is cut off at a NUL.
require("exec.in").run("du\0rm", (...))
