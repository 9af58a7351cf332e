#!/usr/bin/env bash
# run_alarms.sh - 1,000 alarms evaluated each minute; goal: below 1 % of a core.
# SPDX-License-Identifier: MIT
set -euo pipefail
exec nice "${BUILD_DIR:-build}/tests/bench/bench_alarms"
