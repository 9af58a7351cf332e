# beside.sh - sourced by benchmarks of what is slower while somebody reads: a program with a database, and medians.
# SPDX-License-Identifier: MIT
#
# Sets build, rounds, each, connections (of $1 without CONNECTIONS), work (a directory that goes at the end) and pids.
build=${BUILD_DIR:-$here/../../build}
rounds=${ROUNDS:-5}
each=${SECONDS_EACH:-3}
connections=${CONNECTIONS:-$1}
work=$(mktemp -d)
pids=()
finish() {
  for pid in "${pids[@]}"; do kill "$pid" 2> /dev/null || true; done
  wait
  rm -rf "$work"
}
trap finish EXIT

start() { # [OPTION...]: over $work/db; sets url
  "$build/obsview" emulate --listen 127.0.0.1:0 --emf-listen off --db "$work/db" --rate-limit 1000000000 "$@" > "$work/obsview" &
  pids+=($!)
  for _ in $(seq 1000); do
    grep -q http "$work/obsview" && break
    sleep 0.01
  done
  url=$(grep -o 'http://[^ ]*' "$work/obsview" | head -1)
}
median() { # FILE COLUMN
  awk -v c="$2" '{ print $c }' "$1" | sort -g | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}
