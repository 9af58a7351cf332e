#!/usr/bin/env bash
# lint.sh - the rules of the house that a compiler does not know. --fix reformats instead of complaining.
# SPDX-License-Identifier: MIT
set -euo pipefail
shopt -s lastpipe
cd "$(dirname "$0")/../.."

passed=0
failed=0
check() { # NAME, then complaints on standard input
  local name=$1 text
  text=$(cat)
  if [ -z "$text" ]; then
    echo "ok - $name"
    passed=$((passed + 1))
  else
    echo "not ok - $name"
    printf '%s\n' "$text" | sed 's/^/    /' | head -n 40
    failed=$((failed + 1))
  fi
}

mapfile -t sources < <(find src emulator tui tests -name '*.[ch]' | sort)
mapfile -t product < <(find src emulator tui -name '*.[ch]' | sort)

if [ "${1-}" = --fix ]; then
  clang-format -i "${sources[@]}"
  exit 0
fi

clang-format --dry-run "${sources[@]}" 2>&1 | grep -E 'warning' | sed 's/: warning.*//' | sort -u |
  check "formatted as .clang-format says (./dev lint --fix)" || true

# Rooms: who may include whom (ARCHITECTURE.md). Path of the including file, then what it may not include.
rooms() {
  while read -r room forbidden; do
    find "$room" -name '*.[ch]' -print0 |
      xargs -0 -r grep -nE "^#include [<\"]($forbidden)" | sed 's/$/   <- not from here/' || true
  done <<'RULES'
src/base (fixture|domain|wire|store|aws|umami|cli|emulator|tui)/|curl/|sqlite3|ncurses|microhttpd
src/domain (fixture|wire|store|aws|umami|cli|emulator|tui)/|curl/|sqlite3|ncurses|microhttpd
src/wire (fixture|store|aws|umami|cli|emulator|tui)/|curl/|sqlite3|ncurses|microhttpd
src/store (fixture|wire|aws|umami|cli|emulator|tui)/|curl/|ncurses|microhttpd
src/aws (fixture|store|umami|cli|emulator|tui)/|sqlite3|ncurses|microhttpd
src/umami (fixture|store|cli|emulator|tui|aws/([a-gi-mo-z]|h[a-df-z]|n[a-df-z]|ne[a-su-z]))|curl/|sqlite3|ncurses|microhttpd
src/fixture (store|aws|umami|cli|emulator|tui)/|curl/|sqlite3|ncurses|microhttpd
emulator (aws|umami|cli|tui)/|curl/|sqlite3|ncurses
tui (store|cli|emulator)/|curl/|sqlite3|microhttpd
RULES
}
rooms | check "rooms include each other one way only"

grep -nE '\b(strcpy|strcat|sprintf|vsprintf|strtok|atoi|atol|atof|gets|scanf|sscanf|fscanf|rand|srand|alloca|system|popen|localtime|gmtime|strerror)\(' \
  "${product[@]}" | check "no banned function" || true

grep -nE '\b(printf|puts|putchar)\(' "${product[@]}" | grep -vE '^src/cli/' | check "printf only in cli/" || true

grep -LE 'SPDX-License-Identifier: MIT' "${sources[@]}" | check "every file names its licence" || true

headers_alone() {
  local h
  for h in $(find src emulator tui -name '*.h' | sort); do
    ${CC-cc} -std=c17 -D_GNU_SOURCE -fsyntax-only -Isrc -I. -x c "$h" 2>&1 | grep -m 1 error || true
  done
}
headers_alone | check "every header compiles alone"

grep -rnE '\b(TODO|FIXME|XXX)\b' "${product[@]}" | check "no loose ends in the sources" || true

# A compass, not a gate: the shape of functions and files.
if command -v ctags >/dev/null; then
  ctags -x --c-kinds=f --fields=+ne --_xformat='%{end} %n' "${product[@]}" 2>/dev/null |
    awk '{ print $1 - $2 + 1 }' | sort -n |
    awk '{ a[NR] = $1 } END { if (NR) printf "functions: %d, median %d lines, 95th percentile %d, longest %d (goal: 15 and 60)\n", NR, a[int((NR + 1) / 2)], a[int(NR * 0.95)], a[NR] }'
fi
wc -l "${product[@]}" | awk '$2 ~ /\.c$/ { print $1 }' | sort -n |
  awk '{ a[NR] = $1; s += $1 } END { printf "c files: %d, %d lines, median %d, longest %d (goal: median 250)\n", NR, s, a[int((NR + 1) / 2)], a[NR] }'

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
