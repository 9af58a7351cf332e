#!/usr/bin/env bash
# peers_metric_data.sh - GetMetricData beside moto's, over the same samples; goal: 1,000 times faster.
# SPDX-License-Identifier: MIT
set -euo pipefail
if ! command -v moto_server >/dev/null; then
  echo "moto_server is not at hand: skipped (it comes with pip install 'moto[server]')"
  exit 0
fi
exec python3 "$(dirname "$0")/peers_metric_data.py" "${BUILD_DIR:-$(dirname "$0")/../../build}/obsview"
