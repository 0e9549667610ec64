-- One argument too few.
require("exec.in").run()
