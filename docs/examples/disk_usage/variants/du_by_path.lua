-- A path is not the name that was approved, whatever it leads to.
require("exec.in").run("/usr/bin/du", (...))
