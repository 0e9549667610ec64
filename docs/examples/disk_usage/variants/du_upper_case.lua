require("exec.in").run("DU", (...))
