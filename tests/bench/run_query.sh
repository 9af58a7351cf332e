#!/usr/bin/env bash
# run_query.sh - p75 a minute over a day beside a scan of the raw rows; goal: at most 1/200.
# SPDX-License-Identifier: MIT
set -euo pipefail
exec nice "${BUILD_DIR:-build}/tests/bench/bench_query" "${BENCH_DIR:-/tmp}"
