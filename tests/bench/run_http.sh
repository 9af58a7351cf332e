#!/usr/bin/env bash
# run_http.sh - POST /metrics/web-vitals (or another body), durable, against libmicrohttpd with a constant answer.
# SPDX-License-Identifier: MIT
#
# Machines drift by more than the differences of interest, so the two take turns and only ratios of
# medians count. CPU per request is the server process's own, user and system.
# Environment: ROUNDS (5), SECONDS_EACH (3), CONNECTIONS ("1 16 64 128 256 1000"), ARGS (further
# options for the emulator, for instance --fsync), BODY (vitals: which post_NAME.lua is sent).
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
build=${BUILD_DIR:-$here/../../build}
rounds=${ROUNDS:-5}
each=${SECONDS_EACH:-3}
body=${BODY:-vitals}
connections=${CONNECTIONS:-1 16 64 128 256 1000}
read -ra more <<< "${ARGS:-}"
ulimit -n "$(ulimit -H -n)"
work=$(mktemp -d)
pids=()
finish() {
  exec 3>&- 4>&- || true
  for pid in "${pids[@]}"; do kill "$pid" 2> /dev/null || true; done
  wait
  rm -rf "$work"
}
trap finish EXIT

mkfifo "$work/hold"
"$build/tests/bench/http_baseline" < "$work/hold" > "$work/baseline" &
pids+=($!)
exec 3> "$work/hold"
"$build/obsview" emulate --listen 127.0.0.1:0 --emf-listen off --db "$work/db" \
  --rate-limit 1000000000 "${more[@]}" > "$work/obsview" &
pids+=($!)
wait_for() { # FILE PATTERN
  for _ in $(seq 200); do
    grep -q "$2" "$1" && return
    sleep 0.05
  done
  echo "no line with $2 in $1" >&2
  exit 1
}
wait_for "$work/baseline" http
wait_for "$work/obsview" http
urls=("$(cat "$work/baseline")" "$(grep -o 'http://[^ ]*' "$work/obsview" | head -1)")
names=(baseline obsview)
if [ "$body" = openreplay ]; then
  OPENREPLAY_TOKEN=$(curl -sf "${urls[1]}/ingest/v1/web/start" -H 'Content-Type: application/json' \
    -d '{"projectKey":"app","trackerVersion":"19.0.1","timestamp":1795393048120}' | grep -o '"token":"[^"]*"' | cut -d'"' -f4)
  export OPENREPLAY_TOKEN
fi

cpu_ms() { awk '{ print ($14 + $15) * 10 }' "/proc/$1/stat"; }
run() { # SERVER CONNECTIONS: appends "rate p50 p99 p99.9 errors cpu-per-request"
  local before after line requests
  before=$(cpu_ms "${pids[$1]}")
  line=$(nice -n 5 wrk -t1 -c"$2" -d"${each}s" -s "$here/post_$body.lua" "${urls[$1]}" | grep RESULT)
  after=$(cpu_ms "${pids[$1]}")
  requests=$(awk -v e="$each" '{ print $2 * e }' <<< "$line")
  awk -v c=$((after - before)) -v n="$requests" \
    '{ print $2, $3, $4, $5, $6, c * 1000 / n }' <<< "$line" >> "$work/${names[$1]}.$2"
}
median() { # FILE COLUMN
  awk -v c="$2" '{ print $c }' "$1" | sort -g | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

printf '%-5s %-10s %9s %7s %8s %8s %8s %7s\n' conn server req/s ratio p50 p99 p99.9 cpu-us
for c in $connections; do
  for _ in $(seq "$rounds"); do
    run 0 "$c"
    run 1 "$c"
  done
  base=$(median "$work/baseline.$c" 1)
  for s in 0 1; do
    f=$work/${names[$s]}.$c
    printf '%-5s %-10s %9s %7.2f %8s %8s %8s %7.1f\n' "$c" "${names[$s]}" "$(median "$f" 1)" \
      "$(awk -v a="$(median "$f" 1)" -v b="$base" 'BEGIN { print a / b }')" \
      "$(median "$f" 2)" "$(median "$f" 3)" "$(median "$f" 4)" "$(median "$f" 6)"
    errors=$(awk '{ n += $5 } END { print n }' "$f")
    [ "$errors" = 0 ] || echo "      $errors errors"
  done
done
