#!/usr/bin/env bash
# run_pii.sh - the search of recordings for personal data beside their decoding; goal: it adds three times that.
# SPDX-License-Identifier: MIT
set -euo pipefail
srcdir=${srcdir:-.} exec "${BUILD_DIR:-build}/tests/bench/bench_pii"
