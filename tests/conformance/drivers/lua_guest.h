#ifndef POSTERN_TESTS_CONFORMANCE_DRIVERS_LUA_GUEST_H_
#define POSTERN_TESTS_CONFORMANCE_DRIVERS_LUA_GUEST_H_

// The guest of the drivers for Lua: returns a function that makes an attempt, a
// table of its fields, and returns verdict and detail. A number as detail of an
// error is an errno.
constexpr char kLuaGuest[] = R"lua(
local EXDEV = 18
local overwritten = ...  -- a name that is granted, for guests that lie
local find, pcall, tostring, type = string.find, pcall, tostring, type

-- What a call returned that failed: nil, message, number, and perhaps a denial.
local function failed(_, message, code, denial)
  if denial or code == EXDEV then return "denied", message end
  return "error", code or message
end

-- What a call raised.
local function raised(err)
  if type(err) == "table" and err.code == "ERR_ACCESS_DENIED" then
    return "denied", err.message
  end
  return "error", tostring(err)
end

local function write(path, mode, text)
  local file, message, code, denial = io.open(path, mode)
  if not file then return failed(file, message, code, denial) end
  local ok, why, number = file:write(text)
  local closed, close_why, close_number = file:close()
  if not ok then return failed(nil, why, number) end
  if not closed then return failed(nil, close_why, close_number) end
  return "granted"
end

local function done(ok, ...)
  if ok then return "granted" end
  return failed(ok, ...)
end

local function read(file)
  local text, why, code = file:read("*a")
  file:close()
  if not text then return failed(nil, why, code) end
  return "granted", text
end

-- Of an attempt that gives rights up between opening and reading.
local function drop(a)
  if a.drop_permission ~= "" then
    pcall(permission.drop, a.drop_permission,
          a.drop_resource ~= "" and a.drop_resource or nil)
  end
end

local operations = {
  ["fs.read"] = function(a)
    local file, message, code, denial = io.open(a.path, "r")
    if not file then return failed(file, message, code, denial) end
    return read(file)
  end,
  ["fs.write"] = function(a) return write(a.path, "w", a.text) end,
  ["fs.append"] = function(a) return write(a.path, "a", a.text) end,
  ["fs.remove"] = function(a) return done(os.remove(a.path)) end,
  ["fs.rmdir"] = function(a) return done(os.remove(a.path)) end,
  ["fs.rename"] = function(a) return done(os.rename(a.path, a.to)) end,
  ["handle.read"] = function(a)
    local file, message, code, denial = io.open(a.path, "r")
    if not file then return failed(file, message, code, denial) end
    if a.drop_when_opened then drop(a) end
    return read(file)
  end,
  ["handle.write"] = function(a)
    local file, message, code, denial =
        io.open(a.path, a.for_writing and "r+" or "r")
    if not file then return failed(file, message, code, denial) end
    file:setvbuf("no")
    local ok, why, number = file:write(a.text)
    file:close()
    if not ok then return failed(nil, why, number) end
    return "granted"
  end,
  ["process.shell"] = function(a)
    local pipe, message, code, denial = io.popen(a.code)
    if not pipe then return failed(pipe, message, code, denial) end
    return read(pipe)
  end,
  ["env.read"] = function(a)
    local value, message, code, denial = os.getenv(a.name)
    if value then return "granted", value end
    if denial then return failed(value, message, code, denial) end
    return "error", "no such variable"
  end,
  ["code.load"] = function(a)
    local ok, message, where = package.loadlib(a.path, "*")
    if ok then return "granted" end
    if find(message, "ERR_ACCESS_DENIED", 1, true) then
      return "denied", message
    end
    -- The loader did not take it for a library.
    return find(message, "No such file", 1, true) and "error" or "granted",
        message
  end,
  ["code.eval"] = function(a)
    local chunk, message, code, denial = load("return " .. a.code)
    if not chunk then return failed(chunk, message, code, denial) end
    return "granted", tostring(chunk())
  end,
  ["has"] = function(a)
    local resource = a.has_resource and a.resource or nil
    local has = permission.has(a.permission, resource)
    return has and "granted" or "denied"
  end,
}

-- All functions of the language say the granted name then, whatever they are
-- asked.
local function overwrite()
  local function lie() return overwritten end
  local set, pairs = rawset, pairs
  for _, name in pairs({"string", "table", "math", "coroutine", "utf8", "bit"}) do
    for key, value in pairs(_G[name] or {}) do
      if type(value) == "function" then set(_G[name], key, lie) end
    end
  end
  for _, name in pairs({
    "assert", "error", "getmetatable", "ipairs", "next", "pairs", "pcall",
    "rawequal", "rawget", "rawlen", "rawset", "select", "setmetatable",
    "tonumber", "tostring", "type", "unpack", "xpcall",
  }) do
    set(_G, name, lie)
  end
end
if overwritten then
  overwrite()
  -- Ends the driver: attempts would show nothing.
  if string.len("") ~= overwritten then local _ = nil .. "not overwritten" end
end

return function(a)
  if not a.drop_when_opened then drop(a) end
  local operation = operations[a.op]
  if not operation or a.form == "url" or a.form == "dirfd" or a.nofollow then
    return "unseen"
  end
  local ok, verdict, detail = pcall(operation, a)
  if not ok then return raised(verdict) end
  return verdict, detail
end
)lua";

#endif  // POSTERN_TESTS_CONFORMANCE_DRIVERS_LUA_GUEST_H_
