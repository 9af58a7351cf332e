#!/usr/bin/env bash
# run_replay.sh - replay --speed max, within and to a server, beside wrk on the same endpoint in the same run; and what
# memory a fixture takes that is twenty times as large. Goal: 0.7 of wrk, and memory that does not grow.
# SPDX-License-Identifier: MIT
#
# Environment: ROUNDS (5), EVENTS (40000), SECONDS_EACH (3), SMALL_MB (10), LARGE_MB (200; the issue's 1 GB: 1024).
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
build=${BUILD_DIR:-$here/../../build}
rounds=${ROUNDS:-5}
events=${EVENTS:-40000}
each=${SECONDS_EACH:-3}
small=${SMALL_MB:-10}
large=${LARGE_MB:-200}
work=$(mktemp -d)
pid=
export HOME=$work
finish() {
  [ -z "$pid" ] || kill "$pid" 2> /dev/null || true
  wait
  rm -rf "$work"
}
trap finish EXIT

# make_fixture EVENTS: the posts of post_vitals.lua, a millisecond apart.
make_fixture() {
  python3 - "$1" <<'PY'
import sys
print('{"obsview-fixture":2,"start":"2026-11-24T10:00:00.000Z"}')
post = ('"source":"http","request":{"method":"POST","path":"/metrics/web-vitals","headers":{"content-type":"application/json"},'
        '"body":{"metrics":[{"name":"LCP","value":1250.5,"rating":"good","url":"https://example.com/page",'
        '"timestamp":"2025-11-23T10:30:00.000Z"},{"name":"FID","value":45.2,"rating":"good",'
        '"url":"https://example.com/page","timestamp":"2025-11-23T10:30:01.000Z"}],'
        '"sessionId":"7d9f2c1e-55aa-4c9b-9a53-0a1f5d0c3b11","userAgent":"Mozilla/5.0 (X11; Linux x86_64) '
        'AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0"}}}')
sys.stdout.writelines('{"t":%d,%s\n' % (n, post) for n in range(int(sys.argv[1])))
PY
}
rate() { grep -o '([0-9]*/s)' "$1" | tr -d '(/s)'; }
median() { sort -g | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
peak_kb() { # FIXTURE OPTION...: the largest resident set of a replay
  rm -f "$work"/peak.db*
  python3 - "$build/obsview" replay "$@" <<'PY'
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stderr=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
PY
}

make_fixture "$events" > "$work/posts.jsonl"
"$build/obsview" emulate --listen 127.0.0.1:0 --emf-listen off --db "$work/server.db" --rate-limit 0 > "$work/ready" &
pid=$!
for _ in $(seq 200); do
  grep -q http "$work/ready" && break
  sleep 0.05
done
url=$(grep -o 'http://[^ ]*' "$work/ready")
for _ in $(seq "$rounds"); do
  wrk -t1 -c16 -d"${each}s" -s "$here/post_vitals.lua" "$url" | awk '/RESULT/ { print $2 }' >> "$work/wrk"
  rm -f "$work"/within.db*
  "$build/obsview" replay "$work/posts.jsonl" --db "$work/within.db" 2> "$work/said"
  rate "$work/said" >> "$work/within"
  "$build/obsview" replay --to "$url" --speed max "$work/posts.jsonl" 2> "$work/said"
  rate "$work/said" >> "$work/to"
done
# Rounds are compared within themselves: what else the machine does changes from one to the next.
for how in within to; do
  ratio=$(paste "$work/$how" "$work/wrk" | awk '{ printf "%.3f\n", $1 / $2 }' | median)
  awk -v how="$how" -v got="$(median < "$work/$how")" -v wrk="$(median < "$work/wrk")" -v ratio="$ratio" \
    'BEGIN { printf "replay %-6s %7.0f/s  wrk %7.0f/s  ratio %.2f (goal 0.7)\n", how, got, wrk, ratio }'
done
line=$(tail -n 1 "$work/posts.jsonl" | wc -c)
for size in "$small" "$large"; do
  make_fixture $((size * 1048576 / line)) > "$work/size.jsonl"
  printf 'fixture of %d MB: %d MB resident at most, to a server %d MB\n' "$size" \
    $(($(peak_kb "$work/size.jsonl" --db "$work/peak.db") / 1024)) \
    $(($(peak_kb "$work/size.jsonl" --to "$url" --speed max) / 1024))
done
