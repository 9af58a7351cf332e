-- post_vitals.lua - wrk's request: two metrics, as a page sends them.
-- SPDX-License-Identifier: MIT
wrk.method = "POST"
wrk.path = "/metrics/web-vitals"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"metrics":[{"name":"LCP","value":1250.5,"rating":"good","url":"https://example.com/page",'
  .. '"timestamp":"2025-11-23T10:30:00.000Z"},{"name":"FID","value":45.2,"rating":"good",'
  .. '"url":"https://example.com/page","timestamp":"2025-11-23T10:30:01.000Z"}],'
  .. '"sessionId":"7d9f2c1e-55aa-4c9b-9a53-0a1f5d0c3b11",'
  .. '"userAgent":"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0"}'


function done(summary, latency)
  local s = summary
  io.write(string.format("RESULT %.0f %.0f %.0f %.0f %d\n",
    s.requests / (s.duration / 1e6), latency:percentile(50), latency:percentile(99),
    latency:percentile(99.9), s.errors.connect + s.errors.read + s.errors.write + s.errors.timeout
    + s.errors.status))
end
