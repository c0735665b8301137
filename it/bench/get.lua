-- wrk: GET /v1/kv, a default read, over the 10,000 keys that put.lua writes
local n = 0
function request()
  n = n + 1
  return wrk.format("GET", "/v1/kv/bench/" .. (n % 10000), nil, nil)
end

local common = debug.getinfo(1, "S").source:sub(2):match("(.*/)") .. "report.lua"
dofile(common)
