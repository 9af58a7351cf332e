#!/usr/bin/env bash
# run_bill.sh - 90 days of the bill of 10,000 resources beside a loop of hashes; goal: 50 ms on a quiet machine.
# SPDX-License-Identifier: MIT
set -euo pipefail
exec "${BUILD_DIR:-build}/tests/bench/bench_bill"
