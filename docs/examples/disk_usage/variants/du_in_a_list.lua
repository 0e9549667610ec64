-- A list is no text, even if it holds the right one.
require("exec.in").run({"du", (...)})
