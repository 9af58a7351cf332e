#!/usr/bin/env bash
# test_contract.sh - what the endpoints answer, as fixtures: each is played into an empty store, and each fact counts.
# SPDX-License-Identifier: MIT
set -u
here=$(cd "$(dirname "$0")" && pwd)
obsview=${OBSVIEW:-$here/../../build/obsview}

said=$(env -i PATH="$PATH" HOME=/nonexistent TZ=UTC "$obsview" replay --expect --fresh --strict "$here"/fixture/*.jsonl 2>&1)
status=$?
grep -v '^obsview: played' <<<"$said" | sed 's/^/not ok - /'
if [[ $said =~ ([0-9]+)\ facts?\ holds?,\ ([0-9]+)\ do(es)?\ not ]]; then
  echo "${said##*$'\n'}"
  echo "${BASH_REMATCH[1]} passed, ${BASH_REMATCH[2]} failed"
else
  echo "0 passed, 1 failed"
fi
exit $status
