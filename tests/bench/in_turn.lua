-- Asks for each of the given paths in turn.
local paths, last = {}, 0

function init(args)
  paths = args
end

function request()
  last = last % #paths + 1
  return wrk.format("GET", paths[last])
end
