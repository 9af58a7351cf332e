#!/usr/bin/env bash
# run_emf_tcp.sh - EMF over one TCP connection, durable, against cJSON parsing alone; goal: 0.9.
# SPDX-License-Identifier: MIT
set -euo pipefail
exec "${BUILD_DIR:-build}/tests/bench/emf_tcp"
