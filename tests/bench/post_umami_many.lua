-- post_umami_many.lua - wrk's request: page views of ten thousand websites, each time by another visitor.
-- SPDX-License-Identifier: MIT
dofile(debug.getinfo(1, "S").source:sub(2):match(".*/") .. "post_umami.lua")

local before, after = wrk.body:match("^(.-)11111111(.*)$")
local count = 0
function request()
  count = count + 1
  wrk.headers["X-Forwarded-For"] = string.format("2%d.%d.%d.%d", math.floor(count / 16581375) % 10,
    math.floor(count / 65025) % 255, math.floor(count / 255) % 255, count % 255)
  return wrk.format(nil, nil, nil, string.format("%s%08x%s", before, count % 10000, after))
end
