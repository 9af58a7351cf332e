-- post_umami_many.lua - wrk's request: page views of ten thousand websites, each by a visitor of its own.
-- SPDX-License-Identifier: MIT
dofile(debug.getinfo(1, "S").source:sub(2):match(".*/") .. "post_umami.lua")

local before, after = wrk.body:match("^(.-)11111111(.*)$")
local count = 0
function request()
  count = (count + 1) % 10000
  wrk.headers["X-Forwarded-For"] = string.format("203.0.%d.%d", math.floor(count / 250), count % 250)
  return wrk.format(nil, nil, nil, string.format("%s%08x%s", before, count, after))
end
