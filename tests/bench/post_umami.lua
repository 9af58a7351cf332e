-- post_umami.lua - wrk's request: a page view, as a tracker sends it with its token.
-- SPDX-License-Identifier: MIT
wrk.method = "POST"
wrk.path = "/api/send"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["User-Agent"] = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) "
  .. "Chrome/129.0.0.0 Safari/537.36"
wrk.body = '{"type":"event","payload":{"website":"11111111-2222-4333-8444-555555555555",'
  .. '"screen":"1440x900","language":"en-US","title":"Products","hostname":"shop.example",'
  .. '"url":"https://shop.example/products?utm_source=news","referrer":"https://shop.example/"}}'

-- every thread is a few hundred visitors, who come back with what they were told
local count = 0
function request()
  count = count + 1
  wrk.headers["X-Forwarded-For"] = string.format("203.0.%d.%d", math.floor(count / 250) % 4, count % 250)
  return wrk.format()
end

function done(summary, latency)
  local s = summary
  io.write(string.format("RESULT %.0f %.0f %.0f %.0f %d\n",
    s.requests / (s.duration / 1e6), latency:percentile(50), latency:percentile(99),
    latency:percentile(99.9), s.errors.connect + s.errors.read + s.errors.write + s.errors.timeout
    + s.errors.status))
end
