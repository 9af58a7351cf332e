#!/usr/bin/env bash
# run_stack.sh - reading a stack file of 10,000 resources beside cJSON parsing it; goal: below a second.
# SPDX-License-Identifier: MIT
set -euo pipefail
exec "${BUILD_DIR:-build}/tests/bench/bench_stack"
