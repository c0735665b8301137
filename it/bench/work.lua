-- wrk: one kind of work, for Comitia or for etcd's JSON gateway: wrk ... -s work.lua URL -- SYSTEM WORK [KEYS]
-- 10,000 keys unless told otherwise, and 64-byte values; 500 services of 50 names on 500 nodes; 100 services of an agent.
local KEYS, value, sizes = 10000, nil, { write1k = 1024, write16k = 16 * 1024 }
local n, system, work = 0, nil, nil
local json = { ["Content-Type"] = "application/json" }

local alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
local function base64(s)
  local out = {}
  for i = 1, #s, 3 do
    local a, b, c = s:byte(i, i + 2)
    local v = a * 65536 + (b or 0) * 256 + (c or 0)
    for j = 0, 3 do
      local index = math.floor(v / 64 ^ (3 - j)) % 64 + 1
      out[#out + 1] = i + j - 1 > #s and "=" or alphabet:sub(index, index)
    end
  end
  return table.concat(out)
end

-- Requests are made once where they do not differ from one to the next, and are not too many: wrk is to cost little.
local made = {}
local function once(key, make)
  if KEYS > 10000 then return make() end
  local request = made[key]
  if request == nil then
    request = make()
    made[key] = request
  end
  return request
end

local comitia = {}

function comitia.write(key)
  return once("w" .. key, function() return wrk.format("PUT", "/v1/kv/bench/" .. key, nil, value) end)
end
comitia.write1k, comitia.write16k = comitia.write, comitia.write

function comitia.read(key)
  return once("r" .. key, function() return wrk.format("GET", "/v1/kv/bench/" .. key) end)
end

function comitia.stale(key)
  return once("s" .. key, function() return wrk.format("GET", "/v1/kv/bench/" .. key .. "?stale") end)
end

function comitia.consistent(key)
  return once("c" .. key, function() return wrk.format("GET", "/v1/kv/bench/" .. key .. "?consistent") end)
end

function comitia.mixed(key)
  return key % 10 == 0 and comitia.write(key) or comitia.read(key)
end

local function service(i, port)
  return '{"Node":"node' .. i .. '","Address":"10.1.0.1","Service":{"ID":"web-' .. i .. '","Service":"web' .. i % 50 ..
    '","Tags":["v1"],"Address":"10.1.0.1","Port":' .. port .. '},"Check":{"CheckID":"service:web-' .. i ..
    '","Name":"check","Status":"passing","ServiceID":"web-' .. i .. '"}}'
end

function comitia.register(key)
  return wrk.format("PUT", "/v1/catalog/register", json, service(key % 500, 1024 + n % 60000))
end

function comitia.reregister(key)
  local i = key % 500
  return once(i, function() return wrk.format("PUT", "/v1/catalog/register", json, service(i, 80)) end)
end

-- What Catalog.java has put there: 100 passing instances of each name.
function comitia.health(key)
  local i = key % 10
  return once(i, function() return wrk.format("GET", "/v1/health/service/service-" .. i .. "?passing") end)
end

function comitia.agent(key)
  local body = '{"ID":"a' .. key % 100 .. '","Name":"agent","Port":' .. 1024 + n % 60000 .. ',"Check":{"TTL":"600s","Status":"passing"}}'
  return wrk.format("PUT", "/v1/agent/service/register", json, body)
end

function comitia.heartbeat(key)
  local i = key % 100
  return once(i, function() return wrk.format("PUT", "/v1/agent/check/pass/service:a" .. i) end)
end

function comitia.session()
  return once("session", function()
    return wrk.format("PUT", "/v1/session/create", json, '{"TTL":"10s","NodeChecks":[]}')
  end)
end

function comitia.txn(key)
  return once(key % 64, function()
    local encoded, ops = base64(value), {}
    for i = 0, 63 do
      ops[#ops + 1] = '{"KV":{"Verb":"set","Key":"bench/' .. (key + i) % KEYS .. '","Value":"' .. encoded .. '"}}'
    end
    return wrk.format("PUT", "/v1/txn", json, "[" .. table.concat(ops, ",") .. "]")
  end)
end

local etcd = {}
local function post(path, body) return wrk.format("POST", path, nil, body) end

function etcd.write(key)
  return once("w" .. key, function()
    return post("/v3/kv/put", '{"key":"' .. base64("bench/" .. key) .. '","value":"' .. base64(value) .. '"}')
  end)
end
etcd.write1k, etcd.write16k = etcd.write, etcd.write

function etcd.read(key)
  return once("r" .. key, function() return post("/v3/kv/range", '{"key":"' .. base64("bench/" .. key) .. '"}') end)
end

function etcd.stale(key)
  return once("s" .. key, function()
    return post("/v3/kv/range", '{"key":"' .. base64("bench/" .. key) .. '","serializable":true}')
  end)
end

function etcd.mixed(key)
  return key % 10 == 0 and etcd.write(key) or etcd.read(key)
end

function init(arguments)
  system, work = arguments[1] == "etcd" and etcd or comitia, arguments[2]
  KEYS = tonumber(arguments[3] or KEYS)
  value = string.rep("v", sizes[work] or 64)
end

function request()
  n = n + 1
  return system[work](n * 7 % KEYS)
end

dofile(debug.getinfo(1, "S").source:sub(2):match("(.*/)") .. "report.lua")
