#!/usr/bin/env bash
# run_series.sh - a day of the slowest simulated series beside one that is stored; goal: at most 50 ms.
# SPDX-License-Identifier: MIT
set -euo pipefail
exec nice "${BUILD_DIR:-build}/tests/bench/bench_series"
