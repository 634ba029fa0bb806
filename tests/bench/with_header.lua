-- Asks with one more header, given as name and value.
function init(args)
  wrk.headers[args[1]] = args[2]
end
