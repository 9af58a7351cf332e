#!/usr/bin/env bash
# run_store.sh - what keeping a post or a line costs, and its room; goals: 5 us, 26 and 50 bytes.
# SPDX-License-Identifier: MIT
set -euo pipefail
exec nice "${BUILD_DIR:-build}/tests/bench/bench_store" "${BENCH_DIR:-/tmp}"
