-- The right program at the wrong place.
require("exec.in").run("rm", "du", (...))
