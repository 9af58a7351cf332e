#!/bin/sh
# The demo is what its generator makes of the captured bodies, and keeps the rules of obsview-fixture(5).
# SPDX-License-Identifier: MIT
exec node "$(dirname "$0")/fixture/demo.mjs"
