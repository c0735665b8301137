-- wrk: PUT /v1/kv with a 64-byte value, over 10,000 keys
local n = 0
local value = string.rep("v", 64)
function request()
  n = n + 1
  return wrk.format("PUT", "/v1/kv/bench/" .. (n % 10000), nil, value)
end

local common = debug.getinfo(1, "S").source:sub(2):match("(.*/)") .. "report.lua"
dofile(common)
