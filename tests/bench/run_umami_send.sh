#!/usr/bin/env bash
# run_umami_send.sh - POST /api/send, durable, with the vitals endpoint for comparison.
# SPDX-License-Identifier: MIT
#
# Both against libmicrohttpd with a constant answer to the same request, as run_http.sh does it, at 16
# connections; it has the environment's names. Then the same from ten thousand websites, each with a
# visitor of its own. Goal: the ratio of umami at least 0.8 of that of vitals.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
for body in vitals umami umami_many; do
  echo "# $body"
  BODY=$body CONNECTIONS=${CONNECTIONS:-16} "$here/run_http.sh"
done
