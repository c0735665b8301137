-- wrk: the same through etcd's JSON gateway, which takes key and value in base64
local alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
local function base64(s)
  local out = {}
  for i = 1, #s, 3 do
    local a, b, c = s:byte(i, i + 2)
    local v = a * 65536 + (b or 0) * 256 + (c or 0)
    for j = 0, 3 do
      if i + j - 1 > #s then
        out[#out + 1] = "="
      else
        local index = math.floor(v / 64 ^ (3 - j)) % 64 + 1
        out[#out + 1] = alphabet:sub(index, index)
      end
    end
  end
  return table.concat(out)
end

local bodies = {}
local value = base64(string.rep("v", 64))
for i = 0, 9999 do
  bodies[i] = '{"key":"' .. base64("bench/" .. i) .. '","value":"' .. value .. '"}'
end

local n = 0
function request()
  n = n + 1
  return wrk.format("POST", "/v3/kv/put", nil, bodies[n % 10000])
end

local common = debug.getinfo(1, "S").source:sub(2):match("(.*/)") .. "report.lua"
dofile(common)
