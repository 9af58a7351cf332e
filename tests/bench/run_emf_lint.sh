#!/usr/bin/env bash
# run_emf_lint.sh - `obsview check emf` over files of documents, by processor time; goal: 100 MB/s on one core.
# SPDX-License-Identifier: MIT
set -euo pipefail
exec python3 "${srcdir:-.}/tests/bench/lint_emf.py" "${BUILD_DIR:-build}/obsview"
