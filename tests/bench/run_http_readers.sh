#!/usr/bin/env bash
# run_http_readers.sh - the p99 of POST /metrics/web-vitals while somebody reads, against alone.
# SPDX-License-Identifier: MIT
#
# The reader asks 500 series over 24 hours and scans 1,000,000 log lines, without pause. Goal: the
# p99 at most twice what it is alone. Environment: ROUNDS (5), SECONDS_EACH (3), CONNECTIONS (64).
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
source "$here/beside.sh" 64

"$build/tests/bench/fill_store" "$work/db"
start

load() { # NAME
  nice -n 5 wrk -t1 -c"$connections" -d"${each}s" -s "$here/post_vitals.lua" "$url" |
    grep RESULT >> "$work/$1"
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
