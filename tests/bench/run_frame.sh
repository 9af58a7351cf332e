#!/usr/bin/env bash
# run_frame.sh - a frame with 30 % of its cells changed beside one that did not change; goal: at most 5 times.
# SPDX-License-Identifier: MIT
set -euo pipefail
exec "${BUILD_DIR:-build}/tests/bench/bench_frame"
