#!/usr/bin/env bash
# run_emf.sh - the cost of reading an EMF line beside cJSON parsing it; goal: at most 1.15 times.
# SPDX-License-Identifier: MIT
set -euo pipefail
exec "${BUILD_DIR:-build}/tests/bench/bench_emf"
