#!/usr/bin/env bash
# run_start.sh - from exec to the first 200 (beside nginx), resident memory, and wake-ups while idle.
# SPDX-License-Identifier: MIT
exec python3 "$(dirname "$0")/start.py" "${BUILD_DIR:-$(dirname "$0")/../../build}/obsview"
