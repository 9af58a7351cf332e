#!/usr/bin/env bash
# run_metric_data.sh - GetMetricData by samples (goal: 3 times from 10^4 to 10^7) and by series (goal: 250 ms for 500).
# SPDX-License-Identifier: MIT
set -euo pipefail
exec nice "${BUILD_DIR:-build}/tests/bench/bench_metric_data" "${BENCH_DIR:-/tmp}"
