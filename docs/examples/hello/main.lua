local exec = require("exec.in")
print("hello, " .. exec.run("uname", "-s").stdout)
