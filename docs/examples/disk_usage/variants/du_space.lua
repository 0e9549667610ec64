require("exec.in").run("du -s", (...))
