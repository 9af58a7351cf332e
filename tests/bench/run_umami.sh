#!/usr/bin/env bash
# run_umami.sh - Umami's questions over a million events and 30 days; goal: at most 50 ms each.
# SPDX-License-Identifier: MIT
set -euo pipefail
exec nice "${BUILD_DIR:-build}/tests/bench/bench_umami"
