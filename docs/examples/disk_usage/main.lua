-- Shows what the folders in a directory take up. Runs `du` and `readlink`
-- through the plugin exec.in; there is no other way out of this file.
-- The directory is the argument: postern run . -- /var/log

local exec = require("exec.in")

local function run(...)
  local result = exec.run(...)
  -- Comparisons with < leave an audit, where the result is not known, here.
  if result.status > 0 then error(result.stderr, 0) end
  return result.stdout
end

-- A file's name may hold anything, a terminal's commands too.
local function printable(name)
  return (name:gsub("%c", function(c)
    return string.format("\\x%02x", c:byte())
  end))
end

local directory = (...) or "."
local real = run("readlink", "-f", "-z", "--", directory)
local usage = run("du", "-k", "-D", "-0", "--max-depth=1", "--", directory)

-- The last row is the folder itself, by the absolute name that was granted.
local rows, total, top = {}, 0, ""
for line in usage:gmatch("[^\0]+") do
  local size, name = tonumber(line:match("^%d+")), line:match("\t(.*)")
  rows[#rows + 1] = {size = size, name = name}
  total, top = math.max(total, size), name
end
local below = top == "/" and 2 or #top + 2
table.sort(rows, function(a, b) return a.size > b.size end)

print("Disk usage of " .. printable(real:gsub("\0", "")) .. "\n")
print(string.format("%10s  %5s  %-20s  %s", "KiB", "share", "", "folder"))
for _, row in ipairs(rows) do
  local share = row.size / math.max(total, 1)
  print(string.format("%10d  %4.0f%%  %-20s  %s", row.size, 100 * share,
    string.rep("#", math.ceil(20 * share)),
    row.name == top and "(all of it)" or printable(row.name:sub(below))))
end
