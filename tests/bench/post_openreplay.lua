-- post_openreplay.lua - wrk's request: a batch of a real tracker, each time the next one of its session.
-- SPDX-License-Identifier: MIT
--
-- OPENREPLAY_TOKEN is what the session was started with, OPENREPLAY_BATCH a recorded body. Its BatchMetadata
-- (81: version, page, first index, time, URL) is made anew with another first index, else it would be a repeat.
local file = assert(io.open(os.getenv("OPENREPLAY_BATCH"), "rb"))
local recorded = file:read("*a")
file:close()

local function skip_varint(at)
  while recorded:byte(at) >= 128 do at = at + 1 end
  return at + 1
end

local function varint(value)
  local bytes = {}
  while value >= 128 do
    bytes[#bytes + 1] = string.char(value % 128 + 128)
    value = math.floor(value / 128)
  end
  bytes[#bytes + 1] = string.char(value)
  return table.concat(bytes)
end

local index = skip_varint(skip_varint(2))
local before, after = recorded:sub(1, index - 1), recorded:sub(skip_varint(index))

wrk.method = "POST"
wrk.path = "/ingest/v1/web/i"
wrk.headers["Authorization"] = "Bearer " .. os.getenv("OPENREPLAY_TOKEN")

-- rounds of one server follow each other: they begin where none was before
local count = os.time() % 10000000 * 1000000
function request()
  count = count + 1
  return wrk.format(nil, nil, nil, before .. varint(count) .. after)
end

function done(summary, latency)
  local s = summary
  io.write(string.format("RESULT %.0f %.0f %.0f %.0f %d\n",
    s.requests / (s.duration / 1e6), latency:percentile(50), latency:percentile(99),
    latency:percentile(99.9), s.errors.connect + s.errors.read + s.errors.write + s.errors.timeout
    + s.errors.status))
end
