-- A guest. Its only powers are the plugins that the host granted.
local notes = require("notes")

print(notes.read("shopping"))
local ok, denial = pcall(notes.read, "diary")
print(ok, denial.code, denial)
print(io, os.execute, os.getenv)  -- there is nothing else to reach
