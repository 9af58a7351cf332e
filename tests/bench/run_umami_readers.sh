#!/usr/bin/env bash
# run_umami_readers.sh - a million events on disk: the first question after a start, each question over
# HTTP, and POST /api/send at 16 connections while somebody asks stats without pause, against alone.
# SPDX-License-Identifier: MIT
#
# Goal: at most 50 ms a question, and a p99 of sending at most twice what it is alone. The two ways of
# sending take turns. Environment: EVENTS (1000000), ROUNDS (5), SECONDS_EACH (3), CONNECTIONS (16).
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
source "$here/beside.sh" 16

"$build/tests/bench/bench_umami" fill "$work/db" "${EVENTS:-1000000}"
start --umami-dialect v3
memory() { awk '/^VmRSS/ { printf "%.0f MiB", $2 / 1024 }' "/proc/${pids[0]}/status"; }
echo "memory at the start $(memory)"
"$here/ask_umami.py" "$url" times
echo "memory with the events $(memory)"

load() { # NAME: "rate p50 p99 p99.9 errors cpu-per-request", of the sends
  local before after
  before=$(awk '{ print $14 + $15 }' "/proc/${pids[0]}/stat")
  nice -n 5 wrk -t1 -c"$connections" -d"${each}s" -s "$here/post_umami.lua" "$url" | grep RESULT > "$work/last"
  after=$(awk '{ print $14 + $15 }' "/proc/${pids[0]}/stat")
  echo "$(cat "$work/last") $((after - before))" >> "$work/$1"
}
for _ in $(seq "$rounds"); do
  load alone
  "$here/ask_umami.py" "$url" loop "$each" >> "$work/turns" &
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
echo "beside, in ${each} s each: $(tr '\n' ' ' < "$work/turns")"
