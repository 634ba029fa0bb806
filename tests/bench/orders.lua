-- Places orders of two lines: each with a key of its own, of goods drawn by chance from the first `goods` products.
local ids, goods, headers, serial, run = {}, 0, {}, 0, ""

function init(args)
  for line in io.lines(args[1]) do
    if not headers["Authorization"] then headers["Authorization"] = "Bearer " .. line else ids[#ids + 1] = line end
  end
  goods = math.min(tonumber(args[2]), #ids)
  headers["Content-Type"] = "application/json"
  math.randomseed(os.time() + tonumber(tostring({}):match("0x(%x+)"), 16) % 1000000007)
  run = string.format("%d-%d-", os.time(), math.random(1, 1000000000))
end

function request()
  serial = serial + 1
  local one = math.random(1, goods)
  local other = one % goods + 1
  headers["Idempotency-Key"] = run .. serial
  local body = string.format(
    '{"items":[{"id":"%s","quantity":1},{"id":"%s","quantity":2}],"paymentMethod":"Cash","pickup":true}',
    ids[one], ids[other])
  return wrk.format("POST", "/api/orders", headers, body)
end
