#!/usr/bin/env bash
# run_insights.sh - Logs Insights over 1,000,000 lines of 300 bytes, and posts meanwhile.
# SPDX-License-Identifier: MIT
#
# Goals: filter + stats by bin at least 300,000 lines a second; the p99 of POST /metrics/web-vitals
# at most twice what it is alone. Speeds are compared with a scan that does nothing with a line.
# Environment: ROUNDS (5), SECONDS_EACH (3), CONNECTIONS (64).
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
source "$here/beside.sh" 64

read -r start end _ bare <<< "$("$build/tests/bench/fill_insights" "$work/db")"
start
ask() { # SECONDS QUERY...
  python3 "$here/ask_insights.py" "${url#http://}" "$start" "$end" "$@"
}

printf '%9s lines/s  1.00  a scan that does nothing with a line\n' "$bare"
queries=('stats count(*) by bin(5m)'
  'filter level = "ERROR" | stats count(*), avg(ms) by bin(5m)'
  'filter @message like /status.:500/ | stats count(*) by bin(5m)'
  'filter status = 500 and ms > 100 | stats pct(ms, 95) as p95, max(ms) by bin(1h), route'
  'fields @timestamp, @message | filter level = "WARN" | sort ms desc | limit 20'
  'parse @message "\"route\":\"*\"" as r | stats count(*) as n by r | sort n desc')
ask $((each * 2)) "${queries[@]}" | while read -r speed query; do
  printf '%9s lines/s  %s  %s\n' "$speed" "$(awk -v a="$speed" -v b="$bare" 'BEGIN { printf "%.2f", a / b }')" "$query"
done

load() { # NAME
  nice -n 5 wrk -t1 -c"$connections" -d"${each}s" -s "$here/post_vitals.lua" "$url" |
    grep RESULT >> "$work/$1"
}
for _ in $(seq "$rounds"); do
  load alone
  ask $((each + 1)) "${queries[1]}" > "$work/speed" &
  asking=$!
  load beside
  wait "$asking"
done
printf '%-22s %9s %8s %8s %8s\n' "$connections connections" req/s p50 p99 p99.9
for s in alone beside; do
  printf '%-22s %9s %8s %8s %8s\n' "$s" "$(median "$work/$s" 2)" "$(median "$work/$s" 3)" \
    "$(median "$work/$s" 4)" "$(median "$work/$s" 5)"
done
awk -v a="$(median "$work/alone" 4)" -v b="$(median "$work/beside" 4)" \
  'BEGIN { printf "p99 beside a query %.2f times that alone\n", b / a }'
echo "beside posts: $(cut -d' ' -f1 < "$work/speed") lines/s"
