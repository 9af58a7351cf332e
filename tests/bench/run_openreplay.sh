#!/usr/bin/env bash
# run_openreplay.sh - recorded sessions decoded, and their batches taken in.
# SPDX-License-Identifier: MIT
#
# Decoding stands beside a plain walk over varints; goal: at least 150 MB/s on one core. Then POST /ingest/v1/web/i,
# durable, with the vitals endpoint for comparison, both against libmicrohttpd with a constant answer to the same
# request, as run_http.sh does it and with its environment, at 16 connections. Bodies have 255 bytes (what a page at rest
# sends) and 5.9 kB. Each is decoded, compressed, committed, and searched for personal data off the answer's way, but on
# the same cores.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
captures=$here/../../fixtures/openreplay/v19-default-p1
srcdir=$here/../.. "${BUILD_DIR:-build}/tests/bench/bench_openreplay"
for batch in 004-i.bin 009-i.bin; do
  echo "# POST of $(stat -c %s "$captures/$batch") bytes"
  OPENREPLAY_BATCH=$captures/$batch BODY=openreplay CONNECTIONS=${CONNECTIONS:-16} "$here/run_http.sh"
done
echo "# POST of vitals"
CONNECTIONS=${CONNECTIONS:-16} "$here/run_http.sh"
