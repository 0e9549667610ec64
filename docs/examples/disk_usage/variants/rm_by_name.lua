-- The program by the name of its parameter: judged as at its position.
require("exec.in").run({program = "rm"})
