#!/bin/sh
# run_looking.sh - what one screen costs a month, counted at an emulator that is asked as if it were AWS.
# SPDX-License-Identifier: MIT
here=$(cd "$(dirname "$0")" && pwd)
exec "${BUILD_DIR:-$here/../../build}/tests/bench/bench_looking" "$here/../../fixtures/demo.jsonl"
