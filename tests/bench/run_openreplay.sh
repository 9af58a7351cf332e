#!/usr/bin/env bash
# run_openreplay.sh - recorded sessions decoded beside a plain walk over varints; goal: at least 150 MB/s on one core.
# SPDX-License-Identifier: MIT
set -euo pipefail
srcdir=$(dirname "$0")/../.. exec "${BUILD_DIR:-build}/tests/bench/bench_openreplay"
