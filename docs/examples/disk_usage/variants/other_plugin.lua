require("exec.out").run("du", (...))
