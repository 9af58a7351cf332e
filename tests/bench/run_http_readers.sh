#!/usr/bin/env bash
# run_http_readers.sh - the p99 of POST /metrics/web-vitals while somebody reads, against alone.
# SPDX-License-Identifier: MIT
#
# The reader asks 500 series over 24 hours and scans 1,000,000 log lines, without pause. Goal: the
# p99 at most twice what it is alone. Environment: ROUNDS (5), SECONDS_EACH (3), CONNECTIONS (64).
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
build=${BUILD_DIR:-$here/../../build}
rounds=${ROUNDS:-5}
each=${SECONDS_EACH:-3}
connections=${CONNECTIONS:-64}
work=$(mktemp -d)
pids=()
finish() {
  for pid in "${pids[@]}"; do kill "$pid" 2> /dev/null || true; done
  wait
  rm -rf "$work"
}
trap finish EXIT

"$build/tests/bench/fill_store" "$work/db"
"$build/obsview" emulate --listen 127.0.0.1:0 --emf-listen off --db "$work/db" \
  --rate-limit 1000000000 > "$work/obsview" &
pids+=($!)
for _ in $(seq 200); do
  grep -q http "$work/obsview" && break
  sleep 0.05
done
url=$(grep -o 'http://[^ ]*' "$work/obsview" | head -1)

load() { # NAME
  nice -n 5 wrk -t1 -c"$connections" -d"${each}s" -s "$here/post_vitals.lua" "$url" |
    grep RESULT >> "$work/$1"
}
median() { # FILE COLUMN
  awk -v c="$2" '{ print $c }' "$1" | sort -g | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}
for _ in $(seq "$rounds"); do
  load alone
  "$build/tests/bench/ask_store" "${url#http://}" "$each" > "$work/turns" &
  reader=$!
  load beside
  wait "$reader"
done
printf '%-22s %9s %8s %8s %8s\n' "$connections connections" req/s p50 p99 p99.9
for s in alone beside; do
  printf '%-22s %9s %8s %8s %8s\n' "$s" "$(median "$work/$s" 2)" "$(median "$work/$s" 3)" \
    "$(median "$work/$s" 4)" "$(median "$work/$s" 5)"
done
awk -v a="$(median "$work/alone" 4)" -v b="$(median "$work/beside" 4)" \
  'BEGIN { printf "p99 beside a reader %.2f times that alone\n", b / a }'
cat "$work/turns"
